import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { type Command, Option } from "commander";
import { endUserIds } from "#apps/connectors/end-user.ts";
import {
  type ImportProgress,
  type ImportRequest,
  type ImportSummary,
  importFile,
} from "#apps/connectors/file-import.ts";
import { openSecretBox } from "#apps/server/secret-key.ts";
import { AispendError } from "#core/errors.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { loadEndUserKey } from "#core/org/end-user-key.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";
import { FROM_FORMATS, importFrom } from "./import-from.ts";

interface ImportOptions extends CommonOptions {
  map: string[];
  source?: string;
  format?: "csv" | "jsonl";
  cost: "price" | "reported";
  dryRun?: boolean;
  from?: string;
  account?: string;
}

const collect = (item: string, all: string[]): string[] => [...all, item];

export function addImport(program: Command, line: CommandLine): void {
  program
    .command("import")
    .description("import usage from a CSV or JSONL file (gz too); resumes where it was cut off")
    .argument("<file>", "the file; a rerun adds nothing twice")
    .addOption(
      new Option("--from <format>", "a known format, with no mapping").choices(FROM_FORMATS),
    )
    .option("--map <field=column>", "where a field comes from; may be repeated", collect, [])
    .option("--source <name>", "the feed it belongs to; import:<file name> unless given")
    .addOption(
      new Option("--format <format>", "by its name unless given").choices(["csv", "jsonl"]),
    )
    .addOption(
      new Option("--cost <from>", "whose figure becomes the cost: our price, or the file's")
        .choices(["price", "reported"])
        .default("price"),
    )
    .option("--account <id>", "whose saved answers they are, where --from names a provider")
    .option("--dry-run", "say what would happen and write nothing")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((file: string, options: ImportOptions) =>
      report(line, options.json === true, async () => {
        const path = resolve(line.workingFolder, file);
        await refuseFolder(path);
        if (options.from === undefined) return importUsage(line, file, options);
        return importFrom(line, {
          from: options.from,
          file: path,
          cost: options.cost,
          dryRun: options.dryRun === true,
          account: options.account,
          org: options.org,
        });
      }),
    );
}

/** Read as a file, a folder fails with an error that does not name it. */
async function refuseFolder(path: string): Promise<void> {
  if (!(await stat(path)).isDirectory()) return;
  throw new AispendError("file_unreadable", `'${path}' is a folder`, {
    help: "Name a file in it; several are imported one after the other.",
  });
}

function importUsage(line: CommandLine, file: string, options: ImportOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }, config) => {
    const org = await organizationOf(line, pool, options.org);
    const { clock } = line;
    const bar = progressBar(line, options.json === true);
    const request: ImportRequest = {
      orgId: org.orgId,
      file: resolve(line.workingFolder, file),
      map: options.map,
      cost: options.cost,
      dryRun: options.dryRun === true,
      checkpointFolder: join(config.home, "imports"),
      signal: line.interrupted,
      onProgress: bar.show,
      ...(options.source === undefined ? {} : { source: options.source }),
      ...(options.format === undefined ? {} : { format: options.format }),
    };
    const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
    const key = await loadEndUserKey(pool, openSecretBox(config), org.orgId);
    const endUserId = endUserIds(key);
    try {
      const summary = await importFile({ ledger, clock, endUserId }, request);
      const failed = summary.refused + summary.conflicts > 0 || summary.interrupted;
      return { text: said(file, summary), json: summary, exitCode: failed ? 1 : 0 };
    } finally {
      bar.stop();
    }
  });
}

/** On a terminal, and never between a machine and its JSON. */
function progressBar(line: CommandLine, asJson: boolean) {
  if (asJson || line.err.isTTY !== true) {
    return { show: () => undefined, stop: () => undefined };
  }
  const bar = new SingleBar({
    stream: line.err,
    format: "{bar} {percentage}%  {rows} rows, {rate} rows/s, {left} left",
    barCompleteChar: "\u2588",
    barIncompleteChar: "\u2591",
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  return {
    show: (progress: ImportProgress) => {
      const { bytes, totalBytes, rows, rowsPerSecond, secondsLeft } = progress;
      const payload = {
        rows,
        rate: Math.round(rowsPerSecond),
        left: secondsLeft === undefined ? "?" : `${Math.ceil(secondsLeft)} s`,
      };
      if (started) bar.update(bytes, payload);
      else bar.start(totalBytes, bytes, payload);
      started = true;
    },
    stop: () => bar.stop(),
  };
}

function said(file: string, summary: ImportSummary): string {
  const counts = [
    `${summary.appended} appended`,
    ...many(summary.unpriced, "of them unpriced"),
    ...many(summary.duplicates, "there before"),
    ...many(summary.traced, "kept as traces"),
    ...many(summary.conflicts, "in conflict"),
    ...many(summary.refused, "refused"),
  ];
  const verb = summary.dryRun
    ? "Would import"
    : summary.interrupted
      ? "Stopped importing"
      : "Imported";
  const resumed =
    summary.resumedAfterRow === 0 ? [] : [`Resumed after row ${summary.resumedAfterRow}.`];
  const problems = summary.problems.map(
    ({ line, state, reason }) => `line ${line}: ${state}, ${reason}`,
  );
  return [
    `${verb} ${file}: ${summary.rows} rows, ${counts.join(", ")}.`,
    ...resumed,
    ...(summary.interrupted ? ["Run it again to go on."] : []),
    ...tracesSaid(summary),
    ...(summary.dryRun ? ["Mapping:", ...summary.mapping.map((one) => `  ${one}`)] : []),
    ...(summary.ignoredColumns.length === 0
      ? []
      : [`Not used: ${summary.ignoredColumns.join(", ")}.`]),
    ...problems,
  ].join("\n");
}

/** Rows that enter no total surprise whoever imported them; this says why, and what to change. */
function tracesSaid({ traced, source }: ImportSummary): string[] {
  if (traced === 0) return [];
  return [
    `Traces enter no total: aispend.yaml says that another source counts for them. To count ` +
      `these instead, give '${source}' its counts_for under sources: and apply the file.`,
  ];
}

function many(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}
