import { csvLine } from "#core/csv.ts";
import {
  unattributed as listUnattributed,
  spendTotal,
  type UnattributedLine,
} from "#core/ledger/spend.ts";
import { usdDecimal } from "#core/money.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { readClauses } from "../grammar/clauses.ts";
import { type PeriodPhrase, spellPeriod } from "../grammar/period-phrase.ts";
import { saidValue } from "../names/find-named.ts";
import { askButton } from "../refusal.ts";
import { saidAsOf } from "../said/as-of.ts";
import { sourceBasis } from "../said/said-basis.ts";
import { saidChange } from "../said/said-change.ts";
import { saidCount, saidCounted } from "../said/said-count.ts";
import { saidWithin } from "../said/said-period.ts";
import { percentOf, saidShare } from "../said/said-share.ts";
import { isUnpriced, saidCost } from "../spend/at-least.ts";
import { csvName } from "../spend/csv.ts";
import { settlePeriods } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { counted, usd } from "../spend/spend-figures.ts";

interface UnattributedWords {
  readonly period: PeriodPhrase | undefined;
  readonly versus: PeriodPhrase | undefined;
}

const LINES_AT_MOST = 200;
const SHOWN = 10;

function table(lines: readonly UnattributedLine[], total: bigint) {
  return {
    caption: "Where it came from",
    columns: [
      { label: "Key" },
      { label: "Account" },
      { label: "Provider" },
      { label: "Cost", align: "right" as const },
      { label: "Share", align: "right" as const },
      { label: "Calls", align: "right" as const },
    ],
    rows: lines
      .slice(0, SHOWN)
      .map((line) => [
        saidValue("key", line.key),
        line.account,
        line.provider,
        saidCost(line),
        saidShare(line.cost, total),
        saidCount(line.requests),
      ]),
    omitted: Math.max(0, lines.length - SHOWN),
  };
}

function csv(lines: readonly UnattributedLine[]): string {
  return [
    csvLine(["key", "account", "provider", "cost", "calls", "currency"]),
    ...lines.map((line) =>
      csvLine([line.key, line.account, line.provider, usdDecimal(line.cost), line.requests, "USD"]),
    ),
  ].join("");
}

async function run(asking: Asking, words: UnattributedWords): Promise<AnswerBody> {
  const { pool, org, now } = asking;
  const { asked, compare, compareSaid } = settlePeriods(asking, words);
  const [all, none, before, lines] = await Promise.all([
    spendTotal(pool, org.id, {}, asked.period),
    spendTotal(pool, org.id, { teamId: 0 }, asked.period),
    spendTotal(pool, org.id, { teamId: 0 }, compare),
    listUnattributed(pool, org.id, asked.period, LINES_AT_MOST),
  ]);
  const period = words.period === undefined ? "" : ` ${spellPeriod(words.period)}`;
  const versus = words.versus === undefined ? "" : ` vs ${spellPeriod(words.versus)}`;
  const command = `unattributed${period}${versus}`;
  const when = saidWithin(asked.period, asking.today);
  const share = saidShare(none.cost, all.cost);
  const calls = saidCounted(none.unpricedRequests, "call");
  const nothing = none.requests === 0n && none.cost === 0n;
  const resolved =
    all.lastRecordedAt === undefined
      ? `Nothing was recorded for ${org.name} ${when}.`
      : `Every call of ${org.name} ${when} resolves to a team.`;
  const attributed = percentOf(all.cost - none.cost, all.cost);
  return {
    command,
    title: isUnpriced(none)
      ? `Unattributed, ${asked.said}: ${calls}, no price known`
      : `Unattributed, ${asked.said}: ${saidCost(none)} (${share}), ` +
        `${saidChange(before.cost, none.cost, compareSaid)}`,
    sentence: nothing
      ? resolved
      : isUnpriced(none)
        ? `${calls} ${when} that no price is known for ` +
          `${none.unpricedRequests === 1n ? "resolves" : "resolve"} to no team.`
        : `${saidCost(none)} ${when} resolves to no team: ${share} of what ${org.name} spent.`,
    ...(lines.length === 0 ? {} : { table: table(lines, none.cost) }),
    notes: nothing
      ? []
      : ["To attribute it, give the key or account a team in aispend.yaml, or tag the calls."],
    source: {
      ...(all.lastRecordedAt === undefined ? { basis: "none" } : sourceBasis(none)),
      ...(attributed === undefined ? {} : { attributedPercent: attributed }),
      ...(all.lastRecordedAt === undefined
        ? {}
        : {
            asOf: all.lastRecordedAt.toISOString(),
            asOfSaid: saidAsOf(all.lastRecordedAt, now, org.timeZone),
          }),
    },
    actions: [
      askButton(`org${period}`, "All spend"),
      ...(asking.audience.kind === "person"
        ? [{ kind: "share" as const, label: "Share", command }]
        : []),
      { kind: "download", label: "CSV", command },
    ],
    figures: {
      cost: usd(none.cost),
      cost_before: usd(before.cost),
      organisation_cost: usd(all.cost),
      calls: counted(none.requests, "calls"),
    },
    download: { filename: csvName("unattributed", asked.period), csv: csv(lines) },
  };
}

export const unattributed: Command<UnattributedWords> = {
  name: "unattributed",
  usage: "unattributed [PERIOD]",
  summary: "Spend of no team, and where it is from.",
  parse: (words, { today }) => {
    const { period, versus } = readClauses(words, today);
    return { period, versus };
  },
  run,
};
