import { beforeAll, describe, expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import { loadInventory } from "#core/inventory/service.ts";
import { openDueReviews } from "#core/inventory/vendor-service.ts";
import type { UsageEventInput } from "#core/ledger/schema.ts";
import { type Acme, append, makeAcme, NOW } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

let number = 0;
function call(day: string, change: Partial<UsageEventInput> = {}): UsageEventInput {
  number += 1;
  return {
    source: "seed",
    externalId: `call-${number}`,
    occurredAt: `${day}T10:00:00Z`,
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 400_000, output: 0 },
    tags: { team: "payments" },
    ...change,
  };
}

/** A dollar each, on days that tell the rules apart. */
const EVENTS = [
  call("2026-09-01", { key: "k-old", account: "org-1" }),
  call("2026-11-20", { key: "k-new" }),
  call("2026-11-21", { key: "k-shared" }),
  call("2026-11-21", { key: "k-shared", tags: { team: "search" } }),
  call("2026-11-21", { key: "k-one", account: "org-1", model: "mystery-1" }),
  call("2026-09-01", { key: "k-once-shared", tags: { team: "search" } }),
  call("2026-11-21", { key: "k-once-shared" }),
];

async function connectSeats(orgId: number): Promise<void> {
  const { rows } = await database.owner.query<{ id: number }>(
    `insert into connection (org_id, kind, name, account, settings, state, connected_at)
     values ($1, 'copilot', 'copilot', 'acme-gh', '{}', 'active', now()) returning id`,
    [orgId],
  );
  await database.owner.query(
    `insert into native_item (org_id, connection_id, kind, native_id, parent, active, made_at,
       used_at, first_seen_at, last_seen_at)
     select $1, $2, 'seat', 's' || n, 'business', true, '2026-01-01', used, now(), now()
     from unnest(array[1, 2, 3], array['2026-11-20', '2026-11-01', '2026-09-01']::timestamptz[])
       as t (n, used)`,
    [orgId, rows[0]?.id],
  );
}

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await append(database.pool, acme.orgId, EVENTS);
  await append(database.pool, other.orgId, [call("2026-11-21", { key: "k-shared" })]);
  await connectSeats(acme.orgId);
});

async function load(org: Acme) {
  const { items, vendors } = await loadInventory(database.pool, org.orgId, NOW);
  const said = items.map(({ kind, id, flags, use }) => [
    `${kind} ${id}`,
    flags.join(" "),
    use?.cost ?? null,
  ]);
  return { items, vendors, said: said.sort() };
}

describe("the inventory of an organisation", () => {
  it("is what its ledger and connections know, flagged by what each was used for and when", async () => {
    const { items, said } = await load(acme);
    const dollar = 1_000_000_000n;
    expect(said).toEqual([
      ["account acme-gh", "ownerless idle", 0n],
      ["account org-1", "ownerless", 0n],
      ["key k-new", "ownerless new", dollar],
      ["key k-old", "ownerless idle", 0n],
      ["key k-once-shared", "ownerless", dollar],
      ["key k-one", "ownerless new", 0n],
      ["key k-shared", "ownerless new shared", 2n * dollar],
      ["model gpt-4o", "", 4n * dollar],
      ["model mystery-1", "new", 0n],
      ["seat_plan github-business", "ownerless idle", 0n],
    ]);
    const find = (id: string) => items.find((item) => item.id === id);
    expect(find("github-business")).toMatchObject({ seats: 3, idleSeats: 1, provider: "github" });
    // What has no price is counted, never taken for nothing.
    expect(find("k-one")?.use?.unpriced).toBe(1n);
    expect(find("org-1")?.use).toMatchObject({ unpriced: 1n, lastUsed: "2026-11-21" });
    expect(find("k-shared")?.use?.teams).toHaveLength(2);
  });

  it("is its own: the same key of another organisation is another key", async () => {
    const { said, items } = await load(other);
    expect(said.map(([name]) => name)).toEqual(["key k-shared", "model gpt-4o"]);
    expect(items[0]?.flags).toEqual(["ownerless"]);
  });

  it("keeps a review that fell due once, and only of its own vendors", async () => {
    const policy = {
      idle_days: 30,
      shared_days: 30,
      new_days: 7,
      contract_days: 30,
      vendor_reviews: { spend_a_year: ["5"], due_days: 30, again_months: 12 },
    };
    await database.owner.query("update organization_policy set inventory = $1", [
      JSON.stringify(policy),
    ]);
    for (const org of [acme, other]) {
      const { vendors } = await load(org);
      const opened = await transaction(database.pool, (tx) =>
        openDueReviews(tx, org.orgId, vendors, NOW),
      );
      expect(opened).toBe(org === acme ? 1 : 0);
    }
    const { vendors } = await load(acme);
    expect(vendors[0]).toMatchObject({ vendor: "openai", isLowerBound: true });
    expect(vendors[0]?.due).toMatchObject({ crossedOn: "2026-11-21", dueOn: "2026-12-21" });
    const again = await transaction(database.pool, (tx) =>
      openDueReviews(tx, acme.orgId, vendors, NOW),
    );
    expect(again).toBe(0);
  });
});
