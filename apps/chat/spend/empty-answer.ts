import { spendByDay } from "#core/ledger/spend.ts";
import { saidUsd } from "#core/money.ts";
import { addDays } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { askButton } from "../refusal.ts";
import { saidWithin } from "../said/said-period.ts";
import { LOOK_BACK_DAYS } from "./recorded-since.ts";
import { type AnswerBody, capitalized } from "./spend-answer.ts";
import { beforeFact } from "./spend-facts.ts";
import { usd } from "./spend-figures.ts";
import type { SpendReport } from "./spend-report.ts";

/** A period without any entry: said so, with the last spend there was and what to ask instead. */
export async function emptyAnswer(
  asking: Asking,
  report: SpendReport,
  command: string,
): Promise<AnswerBody> {
  const { subject, asked, before, compare, compareSaid } = report;
  const back = { start: addDays(asking.today, -LOOK_BACK_DAYS), end: addDays(asking.today, 1) };
  const days = await spendByDay(asking.pool, asking.org.id, subject.filter, back);
  const last = days.at(-1);
  const lastDay =
    last === undefined
      ? ""
      : saidWithin({ start: last.day, end: addDays(last.day, 1) }, asking.today);
  const lastSaid =
    last === undefined
      ? `, and nothing in the ${LOOK_BACK_DAYS} days before today.`
      : `; the last spend was ${saidUsd(last.measures.cost)} ${lastDay}.`;
  const { keptSince } = asking.org;
  const within = saidWithin(asked.period, asking.today);
  const closed = keptSince !== undefined && asked.period.end <= keptSince;
  const state = closed ? "no longer kept" : "no spend recorded";
  return {
    command,
    title: `${capitalized(subject)}, ${asked.said}: ${state}`,
    sentence: closed
      ? `What ${subject.said} cost ${within} is no longer known: entries before ${keptSince} ` +
        "were closed, and only their sum is kept."
      : `Nothing was recorded for ${subject.said} ${within}${lastSaid}`,
    facts: [beforeFact(asked, compare, compareSaid, before)],
    notes: [
      last === undefined
        ? "Usage arrives through a gateway, a provider's report or an import; calls that name no " +
          "owner stand under: unattributed"
        : "Calls that name no owner stand under: unattributed",
    ],
    source: { basis: "none" },
    actions: [
      ...(last === undefined ? [] : [askButton(`${subject.command} ${last.day.slice(0, 7)}`)]),
      askButton("unattributed"),
      askButton("org"),
    ],
    figures: { cost: usd(0n), cost_before: usd(before.cost) },
  };
}
