import { beforeAll, describe, expect, it } from "vitest";
import { priceEvents } from "#apps/worker/jobs/price-events.ts";
import { transaction } from "#core/db/transaction.ts";
import { keepDisagreements, listPriceEvents } from "#core/pricing/price-events.ts";
import { type Acme, append, asker, brainOf, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

async function agree(orgId: number, from: string, input: string): Promise<void> {
  await database.owner.query(
    `insert into price_agreement (org_id, kind, position, terms) values ($1, 'own',
       (select coalesce(max(position), 0) + 1 from price_agreement where org_id = $1), $2)`,
    [orgId, JSON.stringify({ model: "in-house", provider: "acme", input, output: "10", from })],
  );
  await database.owner.query("update organization set revision = revision + 1 where id = $1", [
    orgId,
  ]);
}

const run = (orgId: number, now: Date) =>
  transaction(database.pool, (tx) =>
    priceEvents.run({
      ...{ pool: database.pool, tx, orgId, timeZone: "UTC", scope: "", slot: now, now },
      attempt: 1,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    }),
  );

const owed = async (orgId: number) => {
  const { rows } = await database.owner.query<{ destination: string; title: string }>(
    `select destination, body ->> 'title' as title from outbox
     where org_id = $1 and kind = 'price_change' order by destination`,
    [orgId],
  );
  return rows;
};

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "acme-again" });
  for (const at of [acme, other]) {
    await agree(at.orgId, "2026-01-01", "4");
    for (const key of ["ada", "fin"]) {
      await database.owner.query(
        `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
         values ($1, 'slack', 'T1', $2, $3, 'operator', $4)`,
        [at.orgId, `U${key}`, personId(at, key), NOW],
      );
    }
    await append(database.pool, at.orgId, [
      {
        ...{ source: "test", externalId: "in-house", occurredAt: "2026-11-10T10:00:00Z" },
        ...{ provider: "acme", model: "in-house", tags: { team: "payments" } },
        tokens: { input: 100_000_000, output: 0 },
      },
    ]);
  }
});

describe("a price that changes", () => {
  it("is nothing while it stays, and told before it comes, with the effect on the team", async () => {
    await run(acme.orgId, NOW);
    expect(await listPriceEvents(database.pool, acme.orgId, 10)).toEqual([]);
    await agree(acme.orgId, "2026-12-01", "6");
    await run(acme.orgId, NOW);
    await run(acme.orgId, NOW);
    const events = await listPriceEvents(database.pool, acme.orgId, 10);
    expect(events).toMatchObject([
      { model: "in-house", effectiveOn: "2026-12-01", monthlyEffect: 200_000_000_000n },
    ]);
    expect(await owed(acme.orgId)).toEqual([
      {
        destination: `person:${personId(acme, "ada")}`,
        title: "Price change: in-house from Tue 1 Dec, about +$200 a month for payments",
      },
      {
        destination: `person:${personId(acme, "fin")}`,
        title: "Price change: in-house from Tue 1 Dec, about +$200 a month",
      },
    ]);
    const ask = asker(brainOf(database.pool), acme);
    const answer = await ask("u1", "price changes");
    expect(answer.table?.rows[0]?.slice(4)).toEqual(["+$200", "payments"]);
    const elsewhere = asker(brainOf(database.pool), other);
    expect((await elsewhere("u1", "price changes")).title).toBe("No price changed");
  });

  it("is not told again on its day, and a list that changes without notice is", async () => {
    await run(acme.orgId, new Date("2026-12-01T06:30:00Z"));
    expect(await listPriceEvents(database.pool, acme.orgId, 10)).toHaveLength(1);
    await run(other.orgId, NOW);
    await agree(other.orgId, "2026-11-01", "3");
    await run(other.orgId, NOW);
    const [event] = await listPriceEvents(database.pool, other.orgId, 10);
    expect(event).toMatchObject({ effectiveOn: "2026-11-22", monthlyEffect: -100_000_000_000n });
  });

  it("stands beside another list that disagrees, and is not taken from it", async () => {
    const found = [
      {
        ...({ provider: "openai", model: "gpt-4o", unit: "output", list: "LiteLLM" } as const),
        ...{ ours: "10", theirs: "11" },
      },
    ];
    await transaction(database.pool, (tx) =>
      keepDisagreements(tx, { orgId: acme.orgId, list: "LiteLLM", found, now: NOW }),
    );
    const answer = await asker(brainOf(database.pool), acme)("u1", "price gpt-4o");
    expect(answer.notes).toEqual([
      "LiteLLM says $11 for output where this list says $10: check the invoice.",
    ]);
    expect(answer.figures.output?.amount).toBe("10");
    const elsewhere = await asker(brainOf(database.pool), other)("u1", "price gpt-4o");
    expect(elsewhere.notes).toEqual([]);
  });
});
