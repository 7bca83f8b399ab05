import { beforeAll, describe, expect, it } from "vitest";
import { rehearse, transaction } from "#core/db/transaction.ts";
import type { AttributionBase } from "#core/ledger/attribution.ts";
import { NO_CHAIN } from "#core/ledger/attribution.ts";
import { appendClaim } from "#core/ledger/claim.ts";
import { loadContext } from "#core/ledger/context.ts";
import { createLedger, type Ledger } from "#core/ledger/ledger.ts";
import { reattribute, undoReattribution } from "#core/ledger/reattribute.ts";
import { listBatch } from "#core/ledger/reattribute-store.ts";
import { UsageEvent, type UsageEventInput } from "#core/ledger/schema.ts";
import { coverage, spendBy } from "#core/ledger/spend.ts";
import { listUnknownNames } from "#core/ledger/unknown-names.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "./entries.ts";
import { makeScopes } from "./scopes.ts";

const database = useDatabase();
const NOW = new Date("2026-07-20T12:00:00Z");
const JULY = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };

interface World {
  orgId: number;
  ledger: Ledger;
  ids: Map<string, number>;
  base: AttributionBase;
}

/** An organisation whose rules can be changed: what the file would say. */
async function world(key: string): Promise<World> {
  const orgId = await makeOrganization(database.owner, key);
  const ids = await makeScopes(database.owner, orgId, ["payments/disputes/triage", "search"]);
  const { base, ...context } = await loadContext(database.pool, orgId, NOW);
  const contextOf = () => Promise.resolve({ base, ...context });
  const clock = () => NOW;
  return { orgId, ids, base, ledger: createLedger({ pool: database.pool, clock, contextOf }) };
}

let next = 0;
function event(over: Partial<UsageEventInput> = {}): UsageEvent {
  next += 1;
  return UsageEvent.parse({
    source: "test",
    externalId: `e${next}`,
    occurredAt: "2026-07-07T10:15:00Z",
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1000, output: 100 },
    ...over,
  });
}

function withRule(at: World, key: string, path: string, tags = {}): AttributionBase {
  const parts = path.split("/");
  const id = (depth: number) =>
    parts.length < depth ? 0 : (at.ids.get(parts.slice(0, depth).join("/")) ?? 0);
  const chain = { teamId: id(1), projectId: id(2), agentId: id(3) };
  return {
    ...at.base,
    rule: (facts) => (facts.key === key ? { chain, tags } : undefined),
  };
}

const catchUp = (at: World, base: AttributionBase, batchId: string) =>
  transaction(database.pool, (tx) =>
    reattribute(tx, base, at.ledger.names, {
      orgId: at.orgId,
      batchId,
      period: JULY,
      recordedAt: NOW,
    }),
  );

const teams = async (at: World) => {
  const lines = await spendBy(database.pool, at.orgId, {}, JULY, "team", 10);
  return Object.fromEntries(lines.map(({ name, measures }) => [name, measures.requests]));
};

describe("attributing what was booked before", () => {
  let acme: World;
  let other: World;
  beforeAll(async () => {
    acme = await world("acme");
    other = await world("acme-again");
    for (const at of [acme, other]) {
      await at.ledger.append(at.orgId, [
        event({ key: "k1" }),
        event({ key: "k1", occurredAt: "2026-07-09T10:15:00Z" }),
        event({ key: "k2" }),
        event({ key: "k1", tags: { team: "search" } }),
      ]);
    }
  });

  it("moves what a new rule owns, per day, and says before what it would move", async () => {
    const base = withRule(acme, "k1", "payments/disputes", { workflow: "refunds" });
    const wanted = { orgId: acme.orgId, period: JULY, recordedAt: NOW };
    const plan = await rehearse(database.pool, (tx) =>
      reattribute(tx, base, acme.ledger.names, { ...wanted, batchId: "dry" }),
    );
    expect(plan).toMatchObject({ moved: 3, requests: 3n });
    expect(await teams(acme)).toEqual({ unattributed: 3n, search: 1n });
    expect(await catchUp(acme, base, "b1")).toEqual(plan);
    // The call that was tagged keeps its team and gets the workflow alone.
    expect(await teams(acme)).toMatchObject({ payments: 2n, search: 1n, unattributed: 1n });
    const covered = await coverage(database.pool, acme.orgId, {}, JULY);
    expect(covered.workflowCost * 4n).toBe(covered.cost * 3n);
    expect(await catchUp(acme, base, "b2")).toMatchObject({ moved: 0 });
    expect((await verifyLedger(database.pool, acme.orgId)).difference).toBeUndefined();
    expect(await teams(other)).toEqual({ unattributed: 3n, search: 1n });
  });

  it("decides anew what a rule decided, and takes a batch back once", async () => {
    const base = withRule(acme, "k1", "search", { workflow: "refunds" });
    expect(await catchUp(acme, base, "b3")).toMatchObject({ moved: 2, requests: 2n });
    expect(await teams(acme)).toMatchObject({ search: 3n, unattributed: 1n });
    const undo = () =>
      transaction(database.pool, (tx) =>
        undoReattribution(tx, { orgId: acme.orgId, batchId: "b3", recordedAt: NOW }),
      );
    expect(await undo()).toMatchObject({ moved: 2, requests: 2n });
    expect(await teams(acme)).toMatchObject({ payments: 2n, search: 1n, unattributed: 1n });
    await expect(undo()).rejects.toMatchObject({ code: "batch_undone" });
    const missing = transaction(database.pool, (tx) =>
      undoReattribution(tx, { orgId: other.orgId, batchId: "b3", recordedAt: NOW }),
    );
    await expect(missing).rejects.toMatchObject({ code: "batch_not_found" });
    expect((await verifyLedger(database.pool, acme.orgId)).difference).toBeUndefined();
  });

  it("finds a batch whatever the server sorts text by", async () => {
    const sortBy = (collation: string) =>
      database.owner.query(
        `alter table ledger_entry alter column external_id type text collate "${collation}"`,
      );
    const before = await listBatch(database.pool, acme.orgId, "b3");
    await sortBy("und-x-icu");
    expect(await listBatch(database.pool, acme.orgId, "b3")).toHaveLength(before.length);
    await sortBy("default");
    expect(before.length).toBe(8);
  });

  it("leaves what was claimed where it is", async () => {
    const at = await world("claimed");
    await at.ledger.append(at.orgId, [event({ key: "k1" })]);
    const to = { ...NO_CHAIN, teamId: at.ids.get("search") ?? 0 };
    await transaction(database.pool, (tx) =>
      appendClaim(tx, {
        ...{ orgId: at.orgId, claimId: "c1", from: NO_CHAIN, to, period: JULY, recordedAt: NOW },
      }),
    );
    const base = withRule(at, "k1", "payments");
    expect(await catchUp(at, base, "b1")).toMatchObject({ moved: 0 });
    expect(await teams(at)).toMatchObject({ search: 1n });
  });

  it("finds names and provider projects that were unknown when they came", async () => {
    const at = await world("late-names");
    await at.ledger.append(at.orgId, [
      event({ tags: { team: "wholesale" } }),
      event({ nativeProject: "proj_1" }),
    ]);
    expect(await listUnknownNames(database.pool, at.orgId, 10)).toHaveLength(1);
    const chain = { ...NO_CHAIN, teamId: at.ids.get("payments") ?? 0 };
    const base: AttributionBase = {
      ...at.base,
      team: (name) => (name === "wholesale" ? chain : at.base.team(name)),
      nativeChain: (_, project) => (project === "proj_1" ? chain : undefined),
    };
    expect(await catchUp(at, base, "b1")).toMatchObject({ moved: 2, requests: 2n });
    expect(await teams(at)).toMatchObject({ payments: 2n });
    expect(await listUnknownNames(database.pool, at.orgId, 10)).toEqual([]);
  });
});
