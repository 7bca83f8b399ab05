import { AispendError } from "#core/errors.ts";
import { findPrice, type PriceCard } from "#core/pricing/find-price.ts";
import { findDisagreements, listPriceEvents } from "#core/pricing/price-events.ts";
import type { PriceLine } from "#core/pricing/price-lines.ts";
import { addDays, type Day, startOfDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { readClauses } from "../grammar/clauses.ts";
import { joined, type Word } from "../grammar/words.ts";
import { resolvePeriod } from "../period.ts";
import { priceChangesAnswer } from "../prices/price-change-answer.ts";
import { saidPrice, shortly } from "../prices/said-price.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidCount } from "../said/said-count.ts";
import { saidPeriod } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { spellName } from "../subject.ts";

/** "changes": what changed, and will, of the models in use. */
type PriceWords = PriceOf | "changes";

interface PriceOf {
  readonly model: string;
  readonly provider: string | undefined;
  /** The day asked for; undefined = now. */
  readonly day: Day | undefined;
}

const UNIT_SAID: Readonly<Record<PriceLine["unit"], string>> = {
  input: "Input",
  cacheRead: "Input read from cache",
  cacheWrite5m: "Input written to cache",
  cacheWrite1h: "Input written to cache for 1 hour",
  output: "Output",
  reasoning: "Reasoning",
  requests: "Each 1,000 calls",
};

function readPrice(words: readonly Word[], today: Day): PriceWords {
  if (words.length === 1 && words[0]?.lower === "changes") return "changes";
  const { subjects, period } = readClauses(words, today);
  const [model, provider] = subjects;
  if (model === undefined) {
    throw new AispendError("model_missing", "which model's price?", {
      help: "Write for example: price gpt-4o, or price gpt-4o at 2026-03-01",
    });
  }
  const asked = period === undefined ? undefined : resolvePeriod(period, today);
  return {
    model: joined(model.filter(({ lower }) => lower !== "model")),
    provider: provider === undefined ? undefined : joined(provider),
    day: asked === undefined ? undefined : addDays(asked.period.end, -1),
  };
}

/** "input above 200,000 tokens", "output, 01:00-04:00 UTC". */
function lineSaid({ unit, above, hours }: PriceLine): string {
  const from = above === undefined ? "" : ` (calls above ${saidCount(BigInt(above))} tokens in)`;
  return `${UNIT_SAID[unit]}${from}${hours === undefined ? "" : `, ${hours} UTC`}`;
}

function details(card: PriceCard): string[] {
  const tiers = card.tiers.map((tier) =>
    tier.state === "priced"
      ? `${tier.tier}: ${shortly(tier.lines)}`
      : `${tier.tier}: ${tier.reason}`,
  );
  const history =
    card.history.length < 2
      ? []
      : card.history.map(
          ({ from, until, lines }) =>
            `${from?.slice(0, 10) ?? "the beginning"} to ${until?.slice(0, 10) ?? "now"}: ` +
            `${shortly(lines)}`,
        );
  const uncounted = Object.entries(card.uncounted).map(
    ([unit, price]) => `Not counted in usage: ${unit}, $${price}`,
  );
  return [...tiers, ...history, ...uncounted];
}

function answer(asking: Asking, card: PriceCard, asked: PriceOf, command: string): AnswerBody {
  const when =
    asked.day === undefined
      ? "now"
      : `on ${saidPeriod({ start: asked.day, end: addDays(asked.day, 1) }, asking.today)}`;
  const by = card.provider === undefined ? "" : ` from ${card.provider}`;
  const list = shortly(card.listLines);
  return {
    command,
    title: `${card.model}: ${shortly(card.lines)}`,
    sentence: `${card.model}${by} costs ${shortly(card.lines)} ${when}.`,
    facts: [
      { label: "Price", value: card.own ? `agreed by ${asking.org.name}` : "list price" },
      ...(card.own && card.listLines.length > 0 ? [{ label: "List price", value: list }] : []),
      { label: "From", value: card.provenance },
    ],
    table: {
      caption: "US dollars per million tokens",
      columns: [{ label: "What" }, { label: "Price", align: "right" }],
      rows: card.lines.map((line) => [lineSaid(line), saidPrice(line)]),
    },
    details: details(card),
    source: { basis: "none", note: card.provenance },
    actions: [askButton(`model ${spellName(asked.model)}`, "Spend on it")],
    figures: Object.fromEntries(
      card.lines
        .filter(({ above, hours }) => above === undefined && hours === undefined)
        .map(({ unit, price }) => [
          unit,
          { amount: price, unit: unit === "requests" ? "USD per 1000 calls" : "USD per 1M tokens" },
        ]),
    ),
  };
}

const EVENTS_SHOWN = 10;

async function changes({ org, pool, today }: Asking): Promise<AnswerBody> {
  const events = await listPriceEvents(pool, org.id, EVENTS_SHOWN);
  const names = new Map(org.scopes.map(({ id, shortName }) => [id, shortName]));
  return priceChangesAnswer(events, today, (id) => names.get(id) ?? "unattributed");
}

async function run(asking: Asking, asked: PriceWords): Promise<AnswerBody> {
  if (asked === "changes") return changes(asking);
  const { model, provider, day } = asked;
  const book = await asking.priceBookOf(asking.org.id);
  const at = day === undefined ? asking.now : startOfDay(day, "UTC");
  const found = findPrice(book, provider, model, at);
  const on = provider === undefined ? "" : ` on ${spellName(provider)}`;
  const dated = day === undefined ? "" : ` at ${day}`;
  const command = `price ${spellName(model)}${on}${dated}`;
  if (found.state === "found") {
    const body = answer(asking, found, asked, command);
    return { ...body, notes: await disagreementNotes(asking, provider ?? found.provider, model) };
  }
  throw new Refusal(
    "price_unknown",
    `No price known for '${model}'`,
    `No price is known for '${model}'${day === undefined ? "" : ` on ${day}`}: ${found.reason}.`,
    {
      kind: "not_found",
      help: "An own price can be written in aispend.yaml, under prices.",
      actions: found.near.map((name) => askButton(`price ${spellName(name)}${dated}`, name)),
    },
  );
}

/** Another published list that says something else: shown, and not taken. */
async function disagreementNotes(
  { pool, org }: Asking,
  provider: string | undefined,
  model: string,
): Promise<string[]> {
  const found = await findDisagreements(pool, org.id, { provider: provider ?? "", model });
  return found.map(
    ({ list, unit, ours, theirs }) =>
      `${list} says $${theirs} for ${UNIT_SAID[unit].toLowerCase()} where this list says ` +
      `$${ours}: check the invoice.`,
  );
}

export const price: Command<PriceWords> = {
  name: "price",
  usage: "price MODEL [on PROVIDER] [at DAY] | changes",
  summary: "What a model's tokens cost, dated.",
  examples: [
    ["price gpt-4o", "Now."],
    ["price gpt-4o at 2026-03-01", "On a day."],
    ["price changes", "What providers changed, and what it comes to."],
  ],
  parse: (words, { today }) => readPrice(words, today),
  run,
};
