import { csvLine } from "#core/csv.ts";
import { saidUsdChange, usdDecimal } from "#core/money.ts";
import type { PriceEvent } from "#core/pricing/price-event.ts";
import { addDays, type Day } from "#core/time.ts";
import { askButton } from "../refusal.ts";
import { saidPeriod } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { usd } from "../spend/spend-figures.ts";
import { spellName } from "../subject.ts";
import { shortly } from "./said-price.ts";

type NameOf = (teamId: number) => string;

function saidDay(day: Day, today: Day): string {
  return saidPeriod({ start: day, end: addDays(day, 1) }, today);
}

/** "about -$2,100 a month for payments". */
function saidEffect(effect: bigint, whom: string): string {
  return `${saidUsdChange(effect)} a month${whom === "" ? "" : ` for ${whom}`}`;
}

/**
 * One change as it is announced: to a team with its own effect, to who answers for the budget with
 * that of every team. Pure.
 */
export function priceChangeAnswer(
  event: PriceEvent,
  setting: { today: Day; nameOf: NameOf; teamId: number | undefined },
): AnswerBody {
  const { today, nameOf, teamId } = setting;
  const own = event.teams.find((team) => team.teamId === teamId);
  const effect = own?.effect ?? event.monthlyEffect;
  const whom = teamId === undefined ? "" : nameOf(teamId);
  const when = saidDay(event.effectiveOn, today);
  const verb = event.effectiveOn > today ? "will cost" : "costs";
  return {
    command: `price ${spellName(event.model)}`,
    title: `Price change: ${event.model} from ${when}, about ${saidEffect(effect, whom)}`,
    sentence:
      `${event.model} from ${event.provider} ${verb} ${shortly(event.newLines)} from ${when}, ` +
      `until then ${shortly(event.oldLines)}: about ${saidEffect(effect, whom)} at the volume of ` +
      "the last 30 days.",
    ...(teamId === undefined && event.teams.length > 0
      ? {
          table: {
            caption: "Effect by team, a month",
            columns: [{ label: "Team" }, { label: "Effect", align: "right" as const }],
            rows: event.teams.map((team) => [nameOf(team.teamId), saidUsdChange(team.effect)]),
            omitted: 0,
          },
        }
      : {}),
    notes: ["A price change shows as price in `why`, not as usage."],
    source: { basis: "estimated", note: "tokens of 30 days at the old and the new price" },
    actions: [
      askButton(`price ${spellName(event.model)}`, "The price"),
      askButton(`model ${spellName(event.model)}`, "Spend on it"),
    ],
    figures: { monthly_effect: usd(effect) },
  };
}

/** What changed, and will, of the models in use. Pure. */
export function priceChangesAnswer(
  events: readonly PriceEvent[],
  today: Day,
  nameOf: NameOf,
): AnswerBody {
  const command = "price changes";
  const [first] = events;
  if (first === undefined) {
    return {
      command,
      title: "No price changed",
      sentence:
        "No price of a model in use has changed since they are watched, nor will in 30 days.",
      source: { basis: "none", note: "looked at daily" },
    };
  }
  return {
    command,
    title: `Price changes: ${events.length}`,
    sentence:
      `The latest: ${first.model} from ${saidDay(first.effectiveOn, today)}, about ` +
      `${saidEffect(first.monthlyEffect, "")} at the volume when it was found.`,
    table: {
      caption: "Prices that changed, or will",
      columns: [
        { label: "From" },
        { label: "Model" },
        { label: "Was" },
        { label: "Is" },
        { label: "Effect a month", align: "right" },
        { label: "Most of it" },
      ],
      rows: events.map((event) => [
        event.effectiveOn,
        event.model,
        shortly(event.oldLines),
        shortly(event.newLines),
        saidUsdChange(event.monthlyEffect),
        event.teams[0] === undefined ? "-" : nameOf(event.teams[0].teamId),
      ]),
      omitted: 0,
    },
    source: { basis: "estimated", note: "tokens of 30 days at the old and the new price" },
    actions: [{ kind: "download", label: "CSV", command }],
    download: {
      filename: "price-changes.csv",
      csv: [
        csvLine(["effective_on", "provider", "model", "team", "monthly_effect", "currency"]),
        ...events.flatMap((event) =>
          event.teams.map(({ teamId, effect }) =>
            csvLine([
              ...[event.effectiveOn, event.provider, event.model, nameOf(teamId)],
              ...[usdDecimal(effect), "USD"],
            ]),
          ),
        ),
      ].join(""),
    },
  };
}
