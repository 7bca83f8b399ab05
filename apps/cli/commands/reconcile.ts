import type { Command } from "commander";
import { reconcileAnswer } from "#apps/chat/reconcile/reconcile-answer.ts";
import { saidPeriod } from "#apps/chat/said/said-period.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { type ConfirmedByBills, confirmByBills } from "#core/enforcement/confirm-bills.ts";
import { AispendError } from "#core/errors.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { type Reconciliation, reconcile, settledBefore } from "#core/ledger/reconcile-period.ts";
import { saidUsd, usdDecimal } from "#core/money.ts";
import { addMonths, type Day, type Period, parseDay, utcDay } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface ReconcileOptions extends CommonOptions {
  account?: string;
  dryRun?: boolean;
}

export function addReconcile(program: Command, line: CommandLine): void {
  program
    .command("reconcile")
    .description(
      "compare bills with what was metered, and book the difference as a line of its own",
    )
    .argument("[month]", "YYYY-MM; last month unless given. Days are UTC, as bills are cut")
    .option("--account <account>", "only this provider account")
    .option("--dry-run", "compare, and book nothing")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((month: string | undefined, options: ReconcileOptions) =>
      report(line, options.json === true, () => run(line, month, options)),
    );
}

function monthOf(text: string | undefined, today: Day): Period {
  if (text !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) {
    throw new AispendError("month_invalid", `'${text}' is not a month`, {
      help: "Write it as YYYY-MM, such as 2026-10.",
    });
  }
  const start = text === undefined ? addMonths(today, -1) : parseDay(`${text}-01`);
  return { start, end: addMonths(start, 1) };
}

function run(
  line: CommandLine,
  month: string | undefined,
  options: ReconcileOptions,
): Promise<Outcome> {
  const today = utcDay(line.clock());
  const period = monthOf(month, today);
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const { clock } = line;
    const { account } = options;
    const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
    const before = settledBefore(today);
    const request = {
      ...{ orgId: org.orgId, period, before },
      ...(account === undefined ? {} : { account }),
    };
    const { dryRun } = options;
    const booking = dryRun === true ? undefined : { ledger, clock, before };
    const found = await reconcile(pool, request, booking);
    const confirmed =
      booking === undefined
        ? undefined
        : await confirmByBills(pool, { orgId: org.orgId, before, now: clock() });
    const body = reconcileAnswer(found, {
      command: `reconcile ${period.start.slice(0, 7)}`,
      said: saidPeriod(period, today),
      account,
      dryRun: dryRun === true,
    });
    const answer = Answer.parse({ ...body, audience: { kind: "operator" } });
    return {
      text: `${plainText(answer)}${bookedSaid(found, options)}${confirmedSaid(confirmed)}`,
      json: jsonOf(found),
    };
  });
}

function bookedSaid({ accounts }: Reconciliation, { dryRun }: ReconcileOptions): string {
  if (accounts.length === 0) return "";
  if (dryRun === true) return "\nNothing was booked: this was a dry run.\n";
  const booked = accounts.reduce((days, one) => days + one.bookedDays, 0);
  const days = booked === 1 ? "1 account-day is" : `${booked} account-days are`;
  return `\nThe differences of ${days} in the ledger.\n`;
}

function confirmedSaid(confirmed: ConfirmedByBills | undefined): string {
  if (confirmed === undefined || confirmed.counters === 0) return "";
  const caps = confirmed.counters === 1 ? "1 cap" : `${confirmed.counters} caps`;
  return (
    `The bills show that ${saidUsd(confirmed.released)}, which lost gateways had held of ` +
    `${caps}, was not spent: it is free again.\n`
  );
}

/** Amounts as exact decimals in US dollars. */
function jsonOf({ period, accounts, direct, unassigned }: Reconciliation) {
  const decimals = <T extends Record<string, bigint>>(amounts: T) =>
    Object.fromEntries(Object.entries(amounts).map(([name, value]) => [name, usdDecimal(value)]));
  return {
    period,
    accounts: accounts.map(({ causes, groups, billed, metered, difference, ...rest }) => ({
      ...rest,
      ...decimals({ billed, metered, difference }),
      causes: decimals(causes),
      groups: groups.map((group) => ({
        ...group,
        ...decimals({
          billed: group.billed,
          metered: group.metered,
          difference: group.difference,
        }),
        causes: group.causes.map(({ cause, amount }) => ({ cause, amount: usdDecimal(amount) })),
      })),
    })),
    direct: direct.map((one) => ({ ...one, cost: usdDecimal(one.cost) })),
    unassigned: usdDecimal(unassigned),
  };
}
