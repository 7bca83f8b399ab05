import { expect, it } from "vitest";
import { healthOf, quietSince } from "./health.ts";
import type { FeedProgress } from "./schema.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const FEED: FeedProgress = {
  feed: "usage",
  firstDay: "2026-08-24",
  nextDay: "2026-11-22",
  cursor: null,
  newestChargeDay: "2026-11-22",
  readUntil: new Date("2026-11-22T11:00:00Z"),
  lastSuccessAt: new Date("2026-11-22T11:00:00Z"),
  lastFailureAt: null,
  failure: null,
  failures: 0,
  quietSince: null,
};
const ACTIVE = { state: "active", reason: null } as const;

it("is well when everything that is due was read", () => {
  expect(healthOf(ACTIVE, [FEED], NOW)).toMatchObject({ health: "ok", lagHours: 1 });
});

it.each([
  ["refused", { state: "refused", reason: "OpenAI refuses the key" } as const, {}],
  ["pending", { state: "pending", reason: null } as const, {}],
  ["failing", ACTIVE, { failure: "source_unavailable" }],
  ["reading", ACTIVE, { lastSuccessAt: null, readUntil: null }],
  ["reading", ACTIVE, { nextDay: "2026-10-01" }],
  ["quiet", ACTIVE, { quietSince: new Date("2026-11-18T00:00:00Z") }],
  ["late", ACTIVE, { lastSuccessAt: new Date("2026-11-20T11:00:00Z") }],
])("says that it is %s", (health, connection, over) => {
  expect(healthOf(connection, [{ ...FEED, ...over }], NOW)).toMatchObject({ health });
});

it("calls a report quiet after a long weekend, and never one that had no charge at all", () => {
  const on = (newestChargeDay: string | null) => quietSince({ ...FEED, newestChargeDay }, NOW);
  expect(on("2026-11-18")).toBeUndefined();
  expect(on("2026-11-16")).toEqual(new Date("2026-11-17T00:00:00Z"));
  expect(on(null)).toBeUndefined();
});
