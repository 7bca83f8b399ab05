import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { estimateFollowUps } from "#apps/worker/jobs/estimate-follow-ups.ts";
import { transaction } from "#core/db/transaction.ts";
import { listDigestLines, listRepositoryFollowUps } from "#core/estimates/follow-up-list.ts";
import type { FollowUp, RecordedEffect, RecordRequest } from "#core/estimates/record-schema.ts";
import { findRepositoryAccess, recordEstimate } from "#core/estimates/service.ts";
import type { UsageEventInput } from "#core/ledger/schema.ts";
import { addDays, parseDay } from "#core/time.ts";
import { type Acme, append, makeAcme } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const MERGED = parseDay("2026-10-01");
let acme: Acme;
let other: Acme;
let sequence = 0;

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  for (const { orgId, scopes } of [acme, other]) {
    await database.owner.query("insert into repository values ($1, 'acme/shop', null, null)", [
      orgId,
    ]);
    await database.owner.query("insert into repository_scope values ($1, 'acme/shop', $2)", [
      orgId,
      scopes.get("payments/disputes"),
    ]);
  }
});

beforeEach(async () => {
  for (const table of ["estimate_follow_up", "estimate", "rollup_day", "rollup_dimension"]) {
    await database.owner.query(`delete from ${table}`);
  }
  await database.owner.query("delete from ledger_entry");
});

/** So many calls of the refunds workflow on each day of [from, from + days). */
async function traffic(
  from: string,
  days: number,
  each: { calls: number; input: number; output?: number; model?: string; workflow?: string },
  of = acme,
): Promise<void> {
  const { calls, input, output = 0, model = "gpt-4o", workflow = "refunds" } = each;
  const events = Array.from({ length: days }, (_, index): UsageEventInput => {
    sequence += 1;
    return {
      source: "seed",
      externalId: `e${sequence}`,
      occurredAt: `${addDays(parseDay(from), index)}T10:00:00Z`,
      kind: "bucket",
      provider: model.startsWith("gpt") ? "openai" : "anthropic",
      model,
      requestCount: calls,
      tokens: { input: input * calls, output: output * calls },
      tags: { team: "payments", project: "disputes", agent: "refund-agent", workflow },
    };
  });
  await append(database.pool, of.orgId, events);
}

const effect = (more: Partial<RecordedEffect> = {}): RecordedEffect => ({
  subject: { workflow: "refunds" },
  source: "measured",
  kinds: ["prompt"],
  roles: [],
  callsPerMonth: 30_000,
  before: "75",
  difference: "37.5",
  ...more,
});

async function merge(
  effects: RecordedEffect[],
  { pullRequest = 812, of = acme } = {},
): Promise<void> {
  sequence += 1;
  const request: RecordRequest = {
    version: 1,
    pullRequest,
    baseSha: "b".repeat(40),
    headSha: String(sequence).padStart(40, "0"),
    mergedAt: `${MERGED}T12:00:00Z`,
    effects,
    verdict: "none",
    override: null,
  };
  const claim = { repository: "acme/shop", repositoryId: "1" };
  const access = await findRepositoryAccess(database.pool, claim, of === acme ? "acme" : "other");
  if (access === undefined) throw new Error("the repository is listed");
  const now = new Date(`${MERGED}T13:00:00Z`);
  await recordEstimate(database.pool, access, { request, tokenId: `t${sequence}`, now });
}

/** One run of the job so many days after the merge, as the worker runs it. */
async function run(days: number, of = acme): Promise<void> {
  const now = new Date(`${addDays(MERGED, days)}T03:00:00Z`);
  await transaction(database.pool, (tx) =>
    estimateFollowUps.run({
      pool: database.pool,
      tx,
      orgId: of.orgId,
      timeZone: "Europe/Berlin",
      scope: "",
      slot: now,
      now,
      attempt: 1,
      log,
    }),
  );
}

async function followUps(of = acme, days = 40): Promise<FollowUp[]> {
  const access = { orgId: of.orgId, name: "acme/shop", nativeId: undefined, projectId: undefined };
  const now = new Date(`${addDays(MERGED, days)}T04:00:00Z`);
  const { followUps: all } = await listRepositoryFollowUps(
    database.pool,
    { ...access, scopeIds: [] },
    now,
  );
  return all;
}

describe("a prompt that grew by 500 tokens, while calls doubled", () => {
  // gpt-4o at $2.50 a million: 1,000 calls a day of 1,000 tokens are $2.50 a day.
  beforeEach(async () => {
    await traffic("2026-09-01", 30, { calls: 1_000, input: 1_000 });
    await traffic("2026-10-02", 31, { calls: 2_000, input: 1_500 });
    await merge([effect()]);
  });

  it("is compared at the volume before the merge: the growth of calls is not its doing", async () => {
    await run(40);
    const [found] = await followUps();
    expect(found).toMatchObject({
      pullRequest: 812,
      days: 30,
      state: "measured",
      predicted: "37.5",
      // 30,000 calls x 500 tokens at $2.50 a million.
      measured: "37.5",
      rightPercent: 100,
      offByTwo: false,
      callsBefore: 30_000,
      callsAfter: 60_000,
    });
    // The change of 30 days is $150: all of it is in one of the parts.
    const part = (text: string | null | undefined): number => Number(text);
    expect(part(found?.volumeChange) + part(found?.otherChange)).toBeCloseTo(150 - 56.25, 6);
    expect(found?.text).toMatch(
      /^predicted \+\$37\.50 a month; at measured volume \+\$37\.50, 100% right \(\+100% calls/,
    );
    expect(found?.publicText).toBe("measured after 30 days: the estimate was 100% right");
  });

  it("is looked at after 7 and after 30 days, once each, and not before its days have settled", async () => {
    const looked = async (): Promise<number[]> => {
      const { rows } = await database.owner.query<{ days: number }>(
        "select days from estimate_follow_up order by days",
      );
      return rows.map(({ days }) => days);
    };
    await run(8);
    expect(await looked()).toEqual([]);
    await run(9);
    expect(await looked()).toEqual([7]);
    await run(9);
    await run(31);
    expect(await looked()).toEqual([7]);
    await run(32);
    await run(33);
    expect(await looked()).toEqual([7, 30]);
  });

  it("is told to the owner, of their scopes alone", async () => {
    await run(40);
    const since = new Date("2026-10-05T00:00:00Z");
    const until = new Date("2026-12-01T00:00:00Z");
    const lines = async (path: string) =>
      listDigestLines(database.pool, {
        orgId: acme.orgId,
        scopeIds: [acme.scopes.get(path) ?? -1],
        since,
        until,
      });
    expect((await lines("payments/disputes")).map(({ text }) => text)[0]).toMatch(
      /^PR 812 of acme\/shop: predicted \+\$37\.50 a month; at measured volume \+\$37\.50/,
    );
    expect(await lines("search")).toEqual([]);
    expect(await lines("payments")).toEqual([]);
  });
});

it("measures a model that was swapped, with what the provider's prices did beside it", async () => {
  // $2.50 and $10 become $1 and $5 a million.
  await traffic("2026-09-01", 30, { calls: 1_000, input: 1_000, output: 100 });
  await traffic("2026-10-02", 31, {
    calls: 1_000,
    input: 1_000,
    output: 100,
    model: "claude-haiku-4-5",
  });
  await merge([effect({ kinds: ["model"], difference: "-60" })]);
  await run(40);
  expect((await followUps())[0]).toMatchObject({ measured: "-60", rightPercent: 100 });
});

it("says when an estimate was off by a factor of two", async () => {
  await traffic("2026-09-01", 30, { calls: 1_000, input: 1_000 });
  await traffic("2026-10-02", 31, { calls: 1_000, input: 3_000 });
  await merge([effect()]);
  await run(40);
  expect((await followUps())[0]).toMatchObject({
    measured: "150",
    rightPercent: 25,
    offByTwo: true,
  });
});

it("names other changes of the same scopes in that time", async () => {
  await traffic("2026-09-01", 62, { calls: 1_000, input: 1_000 });
  await merge([effect()]);
  await merge([effect()], { pullRequest: 813 });
  await run(40);
  expect((await followUps()).map(({ overlaps }) => overlaps)).toEqual([1, 1]);
});

it("says why where there is nothing to compare, and counts it in no calibration", async () => {
  await traffic("2026-09-01", 30, { calls: 1_000, input: 1_000 });
  await merge([effect()]);
  await merge([effect({ subject: { workflow: "nobody" } })], { pullRequest: 813 });
  await merge([effect({ subject: { prompt: "refund-v2" } })], { pullRequest: 814 });
  await merge([], { pullRequest: 815 });
  await run(40);
  const reasons = (await followUps()).map(({ pullRequest, reason }) => `${pullRequest} ${reason}`);
  expect(reasons.toSorted()).toEqual([
    "812 no calls were made after it",
    "813 no usage names workflow nobody",
    "814 spend is not kept by prompt revision",
  ]);
});

it("keeps organisations apart that have the same repository and workflow", async () => {
  await traffic("2026-09-01", 30, { calls: 1_000, input: 1_000 });
  await traffic("2026-10-02", 31, { calls: 1_000, input: 1_500 });
  await traffic("2026-09-01", 30, { calls: 1_000, input: 1_000 }, other);
  await traffic("2026-10-02", 31, { calls: 1_000, input: 9_000 }, other);
  await merge([effect()]);
  await merge([effect()], { of: other });
  await run(40);
  expect((await followUps())[0]).toMatchObject({ measured: "37.5" });
  expect(await followUps(other)).toEqual([]);
  await run(40, other);
  expect((await followUps(other))[0]).toMatchObject({ measured: "600" });
});
