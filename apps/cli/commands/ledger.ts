import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import { record } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { exportEntries } from "#core/ledger/export.ts";
import { rebuildLocalDays } from "#core/ledger/rebuild.ts";
import { type LedgerVerification, verifyLedger } from "#core/ledger/verify.ts";
import { formatUsd, usdDecimal } from "#core/money.ts";
import { addDays, addMonths, type Day, isTimeZone, localDay, parseDay } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorActor } from "../operator.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

export function addLedger(program: Command, line: CommandLine): void {
  const ledger = program.command("ledger").description("verify and export the ledger");
  ledger
    .command("verify")
    .description("add up every entry and compare the sums with every rollup")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => verify(line, options)),
    );
  ledger
    .command("export")
    .description("write the entries of a period, with exact decimals")
    .addOption(
      new Option("--format <format>", "how to write them")
        .choices(["csv", "jsonl", "focus"])
        .default("csv"),
    )
    .option("--from <day>", "first day, YYYY-MM-DD; the first of this month unless given")
    .option("--to <day>", "last day, included; today unless given")
    .option("--output <file>", "write to a file instead of standard output")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: ExportOptions) =>
      report(line, options.json === true, () => exportLedger(line, options)),
    );
  ledger
    .command("rebuild")
    .description("move the organisation to another time zone: its days and rollups are made anew")
    .requiredOption("--time-zone <zone>", "such as Europe/Berlin; then write it into aispend.yaml")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: RebuildOptions) =>
      report(line, options.json === true, () => rebuild(line, options)),
    );
}

interface RebuildOptions extends CommonOptions {
  timeZone: string;
}

function rebuild(line: CommandLine, { org: wanted, timeZone }: RebuildOptions): Promise<Outcome> {
  if (!isTimeZone(timeZone)) {
    throw new AispendError("time_zone_unknown", `'${timeZone}' is not a time zone`, {
      help: "Write a name such as Europe/Berlin or America/New_York.",
    });
  }
  return withDatabase(line, async (database) => {
    const org = await organizationOf(line, database.pool, wanted);
    const { orgId } = org;
    const at = line.clock();
    const moved = await transaction(database.owner(), async (tx) => {
      const change = { before: org.timeZone, after: timeZone };
      const action = "organization.time_zone_rebuilt";
      await record(tx, {
        ...operatorActor(),
        ...change,
        orgId,
        action,
        subject: "organization",
        at,
      });
      return rebuildLocalDays(tx, orgId, timeZone);
    });
    const text = `${org.key} is in ${timeZone} now: ${moved} entries moved to another day.`;
    return { text, json: { organisation: org.key, timeZone, moved } };
  });
}

function verify(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const found = await verifyLedger(pool, org.orgId);
    const { difference } = found;
    const exitCode = difference === undefined ? 0 : 1;
    const json = {
      organisation: org.key,
      ok: difference === undefined,
      ...found,
      cost: usdDecimal(found.cost),
      closedCost: usdDecimal(found.closedCost),
    };
    return { text: said(org.key, found), json, exitCode };
  });
}

function said(key: string, found: LedgerVerification): string {
  const { entries, requests, cost, closedRequests, closedCost, difference } = found;
  const closed =
    closedRequests === 0n
      ? []
      : [`Closed months: ${closedRequests} calls, ${formatUsd(closedCost)}.`];
  if (difference === undefined) {
    return [
      `The ledger of ${key} adds up: ${entries} entries, ${requests} calls, ${formatUsd(cost)}.`,
      ...closed,
    ].join("\n");
  }
  const where = Object.entries(difference.key).map(([name, value]) => `${name}=${value}`);
  return [
    `The ledger of ${key} does not add up.`,
    `First difference: ${difference.table}.${difference.column} is ${difference.rollup}, ` +
      `the entries say ${difference.ledger} (${where.join(", ")}).`,
    ...closed,
  ].join("\n");
}

interface ExportOptions extends CommonOptions {
  format: "csv" | "jsonl" | "focus";
  from?: string;
  to?: string;
  output?: string;
}

function exportLedger(line: CommandLine, options: ExportOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const today = localDay(line.clock(), org.timeZone);
    const start = options.from === undefined ? addMonths(today, 0) : parseDay(options.from);
    const last: Day = options.to === undefined ? today : parseDay(options.to);
    const client = await pool.connect();
    try {
      const period = { start, end: addDays(last, 1) };
      const lines = Readable.from(exportEntries(client, org.orgId, period, options.format));
      const { output } = options;
      if (output === undefined) await pipeline(lines, line.out, { end: false });
      else await pipeline(lines, createWriteStream(resolve(line.workingFolder, output)));
      const text = output === undefined ? "" : `Wrote ${start} to ${last} to ${output}.`;
      return { text, json: output === undefined ? undefined : { output, from: start, to: last } };
    } finally {
      client.release();
    }
  });
}
