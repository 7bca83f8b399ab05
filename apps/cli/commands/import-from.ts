import { saidCounted } from "#apps/chat/said/said-count.ts";
import type { BillFormat } from "#apps/connectors/bill-files/bill-line.ts";
import { azure, cur2, google } from "#apps/connectors/bill-files/clouds.ts";
import { focus } from "#apps/connectors/bill-files/focus.ts";
import { type BillSummary, importBill } from "#apps/connectors/bill-files/import-bill.ts";
import { readRecords } from "#apps/connectors/bill-files/records.ts";
import { helicone } from "#apps/connectors/log-files/helicone.ts";
import { importLog, type LogSummary } from "#apps/connectors/log-files/import-log.ts";
import { langfuse } from "#apps/connectors/log-files/langfuse.ts";
import { litellmLogs } from "#apps/connectors/log-files/litellm-logs.ts";
import type { LogFormat } from "#apps/connectors/log-files/log-format.ts";
import { importPages, type SavedReport } from "#apps/connectors/page-files/import-pages.ts";
import { anthropicPages, openAiPages } from "#apps/connectors/page-files/providers.ts";
import { copilotPages, cursorPages, openRouterPages } from "#apps/connectors/page-files/tools.ts";
import { readDepsOf } from "#apps/connectors/read-deps.ts";
import { tagNameOf } from "#apps/connectors/tag-names.ts";
import { deliverCharges } from "#apps/server/ingest/charges.ts";
import type { Delivery } from "#apps/server/ingest/delivery.ts";
import { openSecretBox } from "#apps/server/secret-key.ts";
import { AispendError } from "#core/errors.ts";
import { formatUsd, parseUsd } from "#core/money.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { organizationOf } from "../organization.ts";

const BILLS: Readonly<Record<string, BillFormat>> = { focus, cur2, azure, google };
const LOGS: Readonly<Record<string, LogFormat>> = { langfuse, helicone, litellm: litellmLogs };
const PAGES: Readonly<Record<string, SavedReport>> = {
  openai: openAiPages,
  anthropic: anthropicPages,
  openrouter: openRouterPages,
  cursor: cursorPages,
  copilot: copilotPages,
};

/** What `aispend import --from` takes. */
export const FROM_FORMATS = [...[BILLS, LOGS, PAGES].flatMap(Object.keys), "charges"];

export interface ImportFromOptions {
  readonly from: string;
  readonly file: string;
  readonly cost: "price" | "reported";
  readonly dryRun: boolean;
  /** Whose pages they are; they do not say it themselves. */
  readonly account: string | undefined;
  readonly org: string | undefined;
}

/** Imports a file of a format that is known, with no mapping. */
export function importFrom(line: CommandLine, options: ImportFromOptions): Promise<Outcome> {
  const { from, file, cost, dryRun } = options;
  return withDatabase(line, async ({ pool }, config) => {
    const { orgId } = await organizationOf(line, pool, options.org);
    const deps = readDepsOf({ pool, clock: line.clock, box: openSecretBox(config) });
    const bill = BILLS[from];
    if (bill !== undefined) {
      return billOutcome(file, await importBill(deps, { orgId, file, format: bill, dryRun }));
    }
    const pages = PAGES[from];
    if (pages !== undefined) {
      const { account } = options;
      const request = { orgId, file, report: pages, account, dryRun };
      return billOutcome(file, await importPages(deps, request));
    }
    const log = LOGS[from];
    if (log !== undefined) {
      const endUserId = await deps.endUserIdOf(orgId);
      const { ledger } = deps;
      const request = { orgId, file, format: log, cost, dryRun };
      return logOutcome(file, await importLog({ ledger, endUserId }, request));
    }
    if (from === "charges") {
      const rows = await chargeRows(file);
      const token = { id: 0, orgId, scopes: undefined };
      const delivery = await deliverCharges(deps, token, rows, new Set(), { dryRun });
      return chargeOutcome(file, delivery, dryRun);
    }
    throw new AispendError("format_unknown", `'${from}' is no format`, {
      help: `Formats: ${FROM_FORMATS.join(", ")}.`,
    });
  });
}

const MOST_CHARGES = 100_000;

/** Columns are the fields of POST /v1/charges; those named like tags are tags. */
async function chargeRows(file: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const { fields } of readRecords(file)) {
    const charge: Record<string, unknown> = {};
    const tags: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(fields)) {
      if (value === "" || value === null || value === undefined) continue;
      const tag = name === "tags" ? undefined : tagNameOf(name);
      if (tag === undefined) charge[name.trim()] = value;
      else tags[tag] = value;
    }
    rows.push(Object.keys(tags).length === 0 ? charge : { ...charge, tags });
    if (rows.length > MOST_CHARGES) {
      throw new AispendError("file_too_large", `'${file}' has more than ${MOST_CHARGES} charges`);
    }
  }
  if (rows.length === 0) throw new AispendError("file_empty", `'${file}' has no rows`);
  return rows;
}

function counted(count: number, one: string): string {
  return saidCounted(BigInt(count), one);
}

function listed(counts: readonly (readonly [number, string])[]): string {
  return counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(", ");
}

const ONE_WAITS = "day waits to be reconciled";

function billOutcome(file: string, summary: BillSummary): Outcome {
  const verb = summary.dryRun ? "Would import" : "Imported";
  const { charges, unbilled = 0 } = summary;
  const money =
    charges > 0 && unbilled === charges ? "no cost billed" : formatUsd(parseUsd(summary.total));
  const total = `${money} on ${counted(summary.days, "day")}`;
  const counts = listed([
    [charges, charges === 1 ? "charge" : "charges"],
    [unbilled, "of them at our own price, as the file has no cost of them"],
    [summary.appended, "appended"],
    [summary.unchanged, "there before"],
    [summary.withdrawn, "taken back"],
    [summary.bucketed, summary.bucketed === 1 ? ONE_WAITS : "days wait to be reconciled"],
    [summary.ignored, summary.ignored === 1 ? "row is for no AI" : "rows are for no AI"],
    [summary.refused, summary.refused === 1 ? "row refused" : "rows refused"],
  ]);
  const problems = summary.problems.map(({ line, reason }) => `line ${line}: ${reason}`);
  return {
    text: [`${verb} ${file} (${summary.format}): ${total}; ${counts}.`, ...problems].join("\n"),
    json: summary,
    exitCode: summary.refused > 0 ? 1 : 0,
  };
}

function logOutcome(file: string, summary: LogSummary): Outcome {
  const counts = listed([
    [summary.appended, "appended"],
    [summary.unpriced, "of them unpriced"],
    [summary.duplicates, "there before"],
    [summary.traced, "kept as traces"],
    [summary.ignored, "are no calls"],
    [summary.conflicts, "in conflict"],
    [summary.refused, "refused"],
  ]);
  const verb = summary.dryRun ? "Would import" : "Imported";
  const problems = summary.problems.map(({ line, reason }) => `line ${line}: ${reason}`);
  return {
    text: [
      `${verb} ${file} (${summary.format}): ${counted(summary.rows, "row")}, ${counts}.`,
      ...tracesSaid(summary.tracedBecause),
      ...problems,
    ].join("\n"),
    json: summary,
    exitCode: summary.refused + summary.conflicts > 0 ? 1 : 0,
  };
}

/** Rows that enter no total surprise whoever imported them: by which word of aispend.yaml. */
function tracesSaid(reasons: readonly string[]): string[] {
  return [...new Set(reasons)].map((reason) => `Traces enter no total: ${reason}.`);
}

function chargeOutcome(file: string, delivery: Delivery, dryRun: boolean): Outcome {
  const counts = listed([
    [delivery.appended, "appended"],
    [delivery.duplicates, "there before"],
    [delivery.traced, "kept as traces"],
    [delivery.conflicts, "in conflict"],
    [delivery.refused, "refused"],
  ]);
  const problems = delivery.problems
    .slice(0, 20)
    .map(({ index, reason }) => `row ${index + 1}: ${reason}`);
  const verb = dryRun ? "Would import" : "Imported";
  return {
    text: [
      `${verb} ${file} (charges): ${counted(delivery.received, "row")}, ${counts}.`,
      ...tracesSaid((delivery.traces ?? []).map(({ reason }) => reason)),
      ...problems,
    ].join("\n"),
    json: { ...delivery, dryRun },
    exitCode: delivery.problems.length > 0 ? 1 : 0,
  };
}
