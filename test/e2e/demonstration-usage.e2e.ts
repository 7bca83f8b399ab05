import { expect, it } from "vitest";
import { calendarOf, isWithinMonth } from "#apps/server/demonstration/calendar.ts";
import { WORKFLOWS } from "#apps/server/demonstration/cast.ts";
import { eventOf, looseEnds } from "#apps/server/demonstration/events.ts";
import { rates } from "#apps/server/demonstration/rates.ts";
import { usageOf } from "#apps/server/demonstration/usage.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { sumNano, usdDecimal } from "#core/money.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";

const book = buildPriceBook(loadCatalogue());

const NOW = "2026-11-22T16:20:00Z";
const story = eventsAt(NOW);

function eventsAt(now: string) {
  const calendar = calendarOf(new Date(now));
  const usage = usageOf(calendar, rates(book)).map(eventOf);
  return { events: [...usage, ...looseEnds(calendar)], calendar };
}

function costOf({ requestCount, ...event }: UsageEvent): bigint {
  const at = new Date(event.occurredAt);
  const priced = priceUsage(book, { ...event, at, requestCount });
  if (priced.state === "unpriced") throw new Error(priced.reason);
  return priced.cost;
}

const TABLE = [
  { name: "Support copilot", calls: 1_240_000, averageInput: 6_800, cost: "41800" },
  { name: "Contract extraction", calls: 210_000, averageInput: 12_400, cost: "24200" },
  { name: "Sales research agent", calls: 96_000, averageInput: 9_100, cost: "17600" },
  { name: "Internal knowledge bot", calls: 880_000, averageInput: 3_200, cost: "15400" },
  { name: "Marketing drafting", calls: 140_000, averageInput: 2_400, cost: "6600" },
  { name: "Everything else", calls: 320_000, averageInput: 1_900, cost: "4400" },
];

// A month of 31, 30 and 28 days; stories before, inside and after it; the first hour of a month.
const NOWS = [NOW, "2026-12-05T09:00:00Z", "2027-03-01T00:30:00Z"];

it.each(NOWS)("makes the last full month equal the itemized ledger exactly, at %s", (now) => {
  const { events, calendar } = now === NOW ? story : eventsAt(now);
  const month = events.filter((event) => isWithinMonth(calendar, new Date(event.occurredAt)));
  const lines = WORKFLOWS.map(({ name }) => {
    const own = month.filter((event) => event.tags.workflow === name);
    const calls = own.reduce((sum, event) => sum + event.requestCount, 0);
    const input = own.reduce((sum, event) => sum + (event.tokens.input ?? 0), 0);
    return { name, calls, averageInput: input / calls, cost: usdDecimal(sumNano(own.map(costOf))) };
  });
  expect(lines).toEqual(TABLE);
  expect(month.reduce((sum, event) => sum + event.requestCount, 0)).toBe(2_886_000);
  expect(usdDecimal(sumNano(month.map(costOf)))).toBe("110000");
});

it("gives the support copilot 7,010 tokens a call in that month, as the forecast table has it", () => {
  const { events, calendar } = story;
  const own = events.filter(
    (event) =>
      event.tags.workflow === "Support copilot" &&
      isWithinMonth(calendar, new Date(event.occurredAt)),
  );
  const tokens = own.reduce(
    (sum, { tokens }) => sum + (tokens.input ?? 0) + (tokens.output ?? 0),
    0,
  );
  expect(tokens / 1_240_000).toBe(7_010);
});

it("tells the same story again for the same now, in 90 days of hourly buckets", () => {
  const again = eventsAt("2026-11-22T16:59:00Z");
  expect(JSON.stringify(again.events)).toBe(JSON.stringify(story.events));
  const days = new Set(story.events.map((event) => event.occurredAt.slice(0, 10)));
  expect(days.size).toBe(91);
  expect(story.events.length).toBeLessThan(50_000);
  expect(new Set(story.events.map((event) => event.externalId)).size).toBe(story.events.length);
});

it("makes events that an edge would take as they are", () => {
  for (const event of story.events.filter((_, index) => index % 50 === 0)) {
    expect(UsageEvent.parse(event)).toEqual(event);
  }
});

it("has users of whom a few make most of the calls", () => {
  const calls = new Map<string, number>();
  for (const { tags, requestCount } of story.events) {
    if (tags.person === undefined || tags.agent !== "knowledge-bot") continue;
    calls.set(tags.person, (calls.get(tags.person) ?? 0) + requestCount);
  }
  const sorted = [...calls.values()].sort((a, b) => b - a);
  const total = sorted.reduce((sum, count) => sum + count, 0);
  const top = sorted.slice(0, Math.ceil(sorted.length / 5)).reduce((sum, count) => sum + count, 0);
  expect(sorted.length).toBeGreaterThan(40);
  expect(top / total).toBeGreaterThan(0.6);
});

it("plants its stories: a longer prompt, a retry loop, more caching, a new model, loose ends", () => {
  const { events, calendar } = story;
  const ofAgent = (agent: string) => events.filter((event) => event.tags.agent === agent);
  const checkout = ofAgent("checkout-agent").filter((event) => event.key !== "ci-nightly-7");
  const perCall = (own: UsageEvent[]) =>
    own.reduce((sum, event) => sum + (event.tokens.input ?? 0), 0) /
    own.reduce((sum, event) => sum + event.requestCount, 0);
  const grown = checkout.filter((event) => new Date(event.occurredAt) >= calendar.promptGrew);
  const before = checkout.filter((event) => new Date(event.occurredAt) < calendar.promptGrew);
  expect(calendar.promptGrew.getUTCDay()).toBe(2);
  expect(perCall(grown) / perCall(before)).toBeCloseTo(1.38, 1);
  const loop = ofAgent("checkout-agent").filter((event) => event.key === "ci-nightly-7");
  expect(loop.map((event) => event.status)).toEqual(["retry", "retry", "retry"]);
  const cached = (own: UsageEvent[]) =>
    own.reduce((sum, { tokens }) => sum + (tokens.cacheRead ?? 0), 0) /
    own.reduce((sum, { tokens }) => sum + (tokens.input ?? 0), 0);
  const answers = ofAgent("copilot-answers");
  const since = answers.filter((event) => new Date(event.occurredAt) >= calendar.cacheFrom);
  expect(cached(since)).toBeGreaterThan(1.5 * cached(answers));
  const newModel = events.filter((event) => event.model === "gpt-5-mini");
  expect(new Set(newModel.map((event) => event.tags.agent))).toEqual(new Set(["knowledge-bot"]));
  expect(events.some((event) => event.tags.team === undefined)).toBe(true);
  expect(events.some((event) => event.provider === "meridian")).toBe(true);
});
