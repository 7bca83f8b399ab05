import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { importOutcomes, type OutcomeImportSummary } from "#apps/connectors/outcome-import.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createNames } from "#core/ledger/names.ts";
import { createOutcomes } from "#core/outcomes/service.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface ImportOptions extends CommonOptions {
  source?: string;
  format?: "csv" | "jsonl";
}

export function addOutcomes(program: Command, line: CommandLine): void {
  program
    .command("outcomes")
    .description("what the business counts as a success of a workflow")
    .command("import")
    .description("import outcomes from a CSV or JSONL file (gz too); a rerun adds nothing twice")
    .argument(
      "<file>",
      "columns: id, time, workflow, success; outcome, customer, value, revenue ...",
    )
    .option("--source <name>", "the feed it belongs to; import:<file name> unless given")
    .addOption(
      new Option("--format <format>", "by its name unless given").choices(["csv", "jsonl"]),
    )
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((file: string, options: ImportOptions) =>
      report(line, options.json === true, () => importFile(line, file, options)),
    );
}

function importFile(line: CommandLine, file: string, options: ImportOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const { clock } = line;
    const names = createNames(pool);
    const outcomes = createOutcomes({ pool, clock, names, settingOf: cachedContexts(pool, clock) });
    const summary = await importOutcomes(outcomes, {
      orgId: org.orgId,
      file: resolve(line.workingFolder, file),
      timeZone: org.timeZone,
      ...(options.source === undefined ? {} : { source: options.source }),
      ...(options.format === undefined ? {} : { format: options.format }),
    });
    const failed = summary.refused + summary.conflicts > 0;
    return { text: said(file, summary), json: summary, exitCode: failed ? 1 : 0 };
  });
}

function said(file: string, summary: OutcomeImportSummary): string {
  const { rows, appended, duplicates, conflicts, refused, ignoredColumns, problems } = summary;
  const counts = [
    `${appended} recorded`,
    ...(duplicates === 0 ? [] : [`${duplicates} there before`]),
    ...(conflicts === 0 ? [] : [`${conflicts} in conflict`]),
    ...(refused === 0 ? [] : [`${refused} refused`]),
  ];
  return [
    `Imported ${file}: ${rows} rows, ${counts.join(", ")}.`,
    ...(ignoredColumns.length === 0 ? [] : [`Not used: ${ignoredColumns.join(", ")}.`]),
    ...problems.map(({ line, state, reason }) => `line ${line}: ${state}, ${reason}`),
  ].join("\n");
}
