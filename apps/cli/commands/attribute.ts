import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { saidCounted } from "#apps/chat/said/said-count.ts";
import { record } from "#core/audit/service.ts";
import type { Tx } from "#core/db/db.ts";
import { rehearse, transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { loadContext } from "#core/ledger/context.ts";
import { createNames } from "#core/ledger/names.ts";
import {
  type ReattributionResult,
  reattribute,
  undoReattribution,
} from "#core/ledger/reattribute.ts";
import { type Coverage, coverage } from "#core/ledger/spend.ts";
import { divideHalfEven, formatUsd, type NanoUsd, usdDecimal } from "#core/money.ts";
import { addDays, localDay, type Period, parseDay } from "#core/time.ts";
import { type ActorOptions, AS_OPTION, actorOf, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface AttributeOptions extends ActorOptions {
  since?: string;
  until?: string;
  dryRun?: boolean;
  undo?: string;
}

export function addAttribute(program: Command, line: CommandLine): void {
  program
    .command("attribute")
    .description("apply today's keys, projects and rules to what was booked before, by corrections")
    .option("--since <day>", "first day, YYYY-MM-DD")
    .option("--until <day>", "last day, included; today unless given")
    .option("--dry-run", "show coverage before and after, and change nothing")
    .option("--undo <batch>", "take a batch back")
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: AttributeOptions) =>
      report(line, options.json === true, () => run(line, options)),
    );
}

function run(line: CommandLine, options: AttributeOptions): Promise<Outcome> {
  return options.undo === undefined ? apply(line, options) : undo(line, options, options.undo);
}

const RIGHT = { action: "claim_spend", scopeId: 0 } as const;

function apply(line: CommandLine, options: AttributeOptions): Promise<Outcome> {
  if (options.since === undefined) {
    throw new AispendError("since_missing", "say from which day on: --since YYYY-MM-DD", {
      help: "Add --dry-run to see coverage before and after first.",
    });
  }
  const start = parseDay(options.since);
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const { orgId, timeZone } = org;
    const now = line.clock();
    const last = options.until === undefined ? localDay(now, timeZone) : parseDay(options.until);
    if (start > last) {
      throw new AispendError("since_invalid", `--since ${start} is after ${last}, the last day`, {
        help: "Give an earlier day; what was booked from then on is attributed anew.",
      });
    }
    const period = { start, end: addDays(last, 1) };
    const by = options.dryRun === true ? undefined : await actorOf(line, pool, org, options, RIGHT);
    const { base } = await loadContext(pool, orgId, now);
    const batchId = randomUUID();
    const work = async (tx: Tx) => {
      if (by !== undefined) {
        const after = { batchId, from: period.start, to: last };
        const action = "spend.reattributed";
        await record(tx, { ...by, orgId, action, subject: "organization", after, at: now });
      }
      const before = await coverage(tx, orgId, {}, period);
      const wanted = { orgId, batchId, period, recordedAt: now };
      const moved = await reattribute(tx, base, createNames(pool), wanted);
      return { before, moved, after: await coverage(tx, orgId, {}, period) };
    };
    const found = await (by === undefined ? rehearse(pool, work) : transaction(pool, work));
    const batch = by === undefined || found.moved.moved === 0 ? undefined : batchId;
    return { text: said(found, batch), json: jsonOf(found, batch, period) };
  });
}

function undo(line: CommandLine, options: AttributeOptions, batchId: string): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const { orgId } = org;
    const now = line.clock();
    const by = await actorOf(line, pool, org, options, RIGHT);
    const undone = await transaction(pool, async (tx) => {
      const action = "spend.reattribution_undone";
      const after = { batchId };
      await record(tx, { ...by, orgId, action, subject: "organization", after, at: now });
      return undoReattribution(tx, { orgId, batchId, recordedAt: now });
    });
    const calls = saidCounted(undone.requests, "call");
    const text = `Taken back: ${formatUsd(undone.cost)} of ${calls}.`;
    return { text, json: { batch: batchId, ...amountsOf(undone) } };
  });
}

interface Found {
  readonly before: Coverage;
  readonly after: Coverage;
  readonly moved: ReattributionResult;
}

function said({ before, after, moved }: Found, batch: string | undefined): string {
  const line = (name: string, of: (one: Coverage) => NanoUsd) =>
    `  ${name.padEnd(9)} ${share(of(before), before.cost)} before, ` +
    `${share(of(after), after.cost)} after`;
  const coverages = [
    "Coverage of spend:",
    line("team", (one) => one.teamCost),
    line("workflow", (one) => one.workflowCost),
    line("customer", (one) => one.customerCost),
  ];
  if (moved.moved === 0)
    return ["Nothing moves: everything is booked where it belongs.", ...coverages].join("\n");
  const what = `${formatUsd(moved.cost)} of ${saidCounted(moved.requests, "call")}`;
  const ending =
    batch === undefined
      ? ["Nothing was changed: this was a dry run."]
      : [`Take it back with: aispend attribute --undo ${batch}`];
  const verb = batch === undefined ? "would move" : "moved";
  const corrections = saidCounted(BigInt(moved.moved), "correction");
  return [`${what} ${verb}, in ${corrections}.`, ...coverages, ...ending].join("\n");
}

function share(part: bigint, whole: bigint): string {
  if (whole === 0n) return "none";
  const tenths = divideHalfEven(part * 1000n, whole);
  return `${tenths / 10n}.${tenths % 10n}%`;
}

function amountsOf({ moved, requests, cost }: ReattributionResult) {
  return { moved, requests, cost: usdDecimal(cost) };
}

function jsonOf({ before, after, moved }: Found, batch: string | undefined, period: Period) {
  const decimals = (of: Coverage) =>
    Object.fromEntries(Object.entries(of).map(([name, amount]) => [name, usdDecimal(amount)]));
  return {
    period,
    ...amountsOf(moved),
    batch: batch ?? null,
    before: decimals(before),
    after: decimals(after),
  };
}
