import type { Command } from "commander";
import { type Cap, dayAt, isShadow, subjectName } from "#core/enforcement/cap.ts";
import { loadCaps } from "#core/enforcement/load-caps.ts";
import { confirmUnconfirmed, listCapCounters } from "#core/enforcement/reap.ts";
import type { CapCounter } from "#core/enforcement/schema.ts";
import { AispendError } from "#core/errors.ts";
import { parseUsd, saidUsd, usdDecimal } from "#core/money.ts";
import { addMonths, type Day, startOfMonth } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface ConfirmOptions extends CommonOptions {
  readonly spent: string;
  readonly reason: string;
}

/** What the gateways have spent of caps, and the settling of what nobody saw end. */
export function addCapCommands(gateway: Command, line: CommandLine): void {
  gateway
    .command("caps")
    .description("what is settled, held and unconfirmed of each cap since the start of last month")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => list(line, options)),
    );
  gateway
    .command("confirm")
    .description("settle what is unconfirmed of a cap, by what the provider says was spent")
    .argument("<id>", "its number in `aispend gateway caps`")
    .requiredOption("--spent <usd>", "of the unconfirmed amount, 0 or more")
    .requiredOption("--reason <text>", "where the figure comes from; the audit log keeps it")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((id: string, options: ConfirmOptions) =>
      report(line, options.json === true, () => confirm(line, id, options)),
    );
}

const count = (value: bigint): string => value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");

function lineOf(name: string, counter: CapCounter): string {
  const { id, period, periodStart, settled, held, unconfirmed, wouldRefuse } = counter;
  const open = unconfirmed > 0n ? `, ${saidUsd(unconfirmed)} unconfirmed` : "";
  const shadow = wouldRefuse > 0n ? `, would have refused ${count(wouldRefuse)} calls` : "";
  const sums = `${saidUsd(settled)} settled, ${saidUsd(held)} held${open}${shadow}`;
  return `${id}  ${name}, ${period} from ${periodStart}: ${sums}`;
}

function classOf(cap: Cap, now: Date): string {
  if (isShadow(cap, now)) return "shadow";
  return cap.isHard ? "hard" : "soft";
}

function list(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const { orgId, timeZone } = await organizationOf(line, pool, options.org);
    const { caps } = await loadCaps(pool, orgId, line.clock());
    const now = line.clock();
    const names = new Map(caps.map((cap) => [subjectName(cap.subject), cap.name]));
    const classes = new Map(
      caps.map((cap) => [`${subjectName(cap.subject)} ${cap.period}`, classOf(cap, now)]),
    );
    const today = dayAt(line.clock(), timeZone);
    const since: Day = addMonths(startOfMonth(today), -1);
    const counters = await listCapCounters(pool, orgId, since);
    const lines = counters.map((counter) => {
      const subject = subjectName({ kind: counter.subjectKind, id: counter.subjectId });
      const held = classes.get(`${subject} ${counter.period}`);
      const name = names.get(subject) ?? subject;
      return lineOf(held === undefined ? name : `${name} (${held})`, counter);
    });
    const json = counters.map(({ settled, held, unconfirmed, wouldRefuse, ...rest }) => ({
      ...rest,
      settled: usdDecimal(settled),
      held: usdDecimal(held),
      unconfirmed: usdDecimal(unconfirmed),
      wouldRefuse: wouldRefuse.toString(),
    }));
    const none = "No gateway has counted against a cap yet.";
    return { text: lines.length === 0 ? none : lines.join("\n"), json };
  });
}

function confirm(line: CommandLine, text: string, options: ConfirmOptions): Promise<Outcome> {
  const spent = parseUsd(options.spent);
  if (!/^\d{1,9}$/.test(text) || spent < 0n || options.reason.trim() === "") {
    throw new AispendError("confirmation_invalid", "a number, an amount and a reason are needed", {
      help: "Write: aispend gateway confirm 3 --spent 0.42 --reason 'usage report of the 18th'",
    });
  }
  return withDatabase(line, async ({ pool }) => {
    const { orgId } = await organizationOf(line, pool, options.org);
    const args = { orgId, counterId: Number(text), spent, reason: options.reason };
    const { released } = await confirmUnconfirmed(pool, { ...args, now: line.clock() });
    const said = released === 0n && spent === 0n ? "Nothing was unconfirmed." : undefined;
    return {
      text: said ?? `${saidUsd(spent)} is settled and ${saidUsd(released)} is free again.`,
      json: { spent: usdDecimal(spent), released: usdDecimal(released) },
    };
  });
}
