import { expect, it } from "vitest";
import { z } from "zod";
import { parseUsd } from "#core/money.ts";
import { parseDay } from "#core/time.ts";
import type { Session } from "../http/session.ts";
import { DayOfSeconds, readDays } from "./day-pages.ts";
import { normaliseOpenAi } from "./openai/normalise.ts";

const DAY = parseDay("2026-11-03");
const NEXT = parseDay("2026-11-04");
const ABOUT = { account: "org-1", settings: {}, endUserId: (text: string) => text };

/** A source that answers with these bodies, one after the other. */
function sessionOf(bodies: readonly unknown[]): Session {
  let next = 0;
  return {
    waitedMs: 0,
    now: () => new Date("2026-11-22T00:00:00Z"),
    ask: async () => ({ status: 200, headers: new Headers(), body: bodies[next++] }),
  };
}

const PageShape = z.object({
  has_more: z.boolean(),
  next_page: z.string().nullish(),
  data: z.array(
    z
      .object({ start_time: DayOfSeconds, results: z.array(z.object({ id: z.number() })) })
      .transform(({ start_time, results }) => ({ day: start_time, results })),
  ),
});

it("reads a bucket that goes on over pages as one day, and no row of it twice", async () => {
  const start_time = Date.parse("2026-11-03") / 1000;
  const page = (ids: readonly number[], next_page: string | null) => ({
    has_more: next_page !== null,
    next_page,
    data: [{ start_time, results: ids.map((id) => ({ id })) }],
  });
  const session = sessionOf([page([1, 2, 3], "b"), page([3, 4], "c"), page([4, 5], null)]);
  const report = { title: "Acme", path: "/report", query: {}, shape: PageShape };
  const days = [];
  for await (const day of readDays(session, report, { from: DAY, until: NEXT })) days.push(day);
  expect(days).toEqual([{ day: DAY, results: [1, 2, 3, 4, 5].map((id) => ({ id })) }]);
});

it("books a group that a report gives twice, or in parts, as one line with all of its bill", () => {
  const row = {
    ...{ project_id: "proj_1", api_key_id: "key_1", model: "gpt-4o", batch: false },
    ...{ input_tokens: 100, input_cached_tokens: 40, output_tokens: 10, num_model_requests: 3 },
    service_tier: "default",
  };
  const cost = {
    amount: { value: "0.000000101", currency: "usd" },
    line_item: "gpt-4o, input",
    ...{ project_id: "proj_1", api_key_id: "key_1" },
  };
  const book = (usage: readonly (typeof row)[]) =>
    normaliseOpenAi(DAY, { usage, costs: [cost], billed: true }, ABOUT).events;
  const [once] = book([row]);
  const twice = book([row, { ...row }]);
  expect(twice).toEqual([once]);
  const parts = book([row, { ...row, input_tokens: 7, input_cached_tokens: 0 }]);
  expect(parts).toHaveLength(1);
  expect(parts[0]?.tokens).toMatchObject({ input: 107, cacheRead: 40, output: 20 });
  expect(parts[0]?.requestCount).toBe(6);
  expect(parseUsd(parts[0]?.reportedCost ?? "")).toBe(101n);
});
