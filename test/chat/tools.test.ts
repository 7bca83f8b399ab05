import { describe, expect, it } from "vitest";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Acme, asker, brainOf, clock, makeAcme, personId } from "./acme.ts";

const database = useDatabase();
const PEOPLE = ["ada", "u1", "u2", "u3", "u4", "u5"] as const;
let organizations = 0;

/** Six people with Cursor seats, one of them idle; two of them with Copilot. $20 a seat in October. */
async function make(
  personDetail: "self" | "aggregated" | "named",
  copilotSeats = 2,
): Promise<Acme> {
  organizations += 1;
  const acme = await makeAcme(database.owner, { key: `acme-${organizations}`, personDetail });
  const { orgId } = acme;
  const contextOf = cachedContexts(database.pool, clock);
  const ledger = createLedger({ pool: database.pool, clock, contextOf });
  for (const [kind, people, provider] of [
    ["cursor", PEOPLE, "cursor"],
    ["copilot", PEOPLE.slice(0, copilotSeats), "github"],
  ] as const) {
    const { rows } = await database.owner.query<{ id: number }>(
      `insert into connection (org_id, kind, name, settings, state, connected_at)
       values ($1, $2, $2, '{}', 'active', '2026-09-01') returning id`,
      [orgId, kind],
    );
    const connectionId = rows[0]?.id;
    for (const [index, key] of people.entries()) {
      const idle = index === 5;
      await database.owner.query(
        `insert into native_item (org_id, connection_id, kind, native_id, person_id, active,
           used_at, first_seen_at, last_seen_at)
         values ($1, $2, 'seat', $3, $4, true, $5, '2026-09-01', '2026-11-22')`,
        [orgId, connectionId, key, personId(acme, key), idle ? "2026-09-02" : "2026-11-20"],
      );
      await ledger.append(
        orgId,
        [
          UsageEvent.parse({
            ...{ source: kind, externalId: `${kind}-${key}`, kind: "seat", basis: "billed" },
            ...{ occurredAt: "2026-10-05T12:00:00Z", provider, model: "seat", tokens: {} },
            ...{ requestCount: 0, reportedCost: "20", tags: { person: `${key}@acme.example` } },
          }),
        ],
        { costFrom: "reported" },
      );
      if (idle) continue;
      await database.owner.query(
        `insert into coding_tool_day select $1, $2, '2026-10-20', $3, $4, 'subscription', 'm',
           3, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, null`,
        [orgId, connectionId, kind, personId(acme, key)],
      );
    }
  }
  return acme;
}

describe("coding tools", () => {
  it("shows seats and spend to all, one's own use to oneself, and nobody's average by default", async () => {
    const acme = await make("self");
    const ask = asker(brainOf(database.pool), acme);
    const answer = await ask("u1", "tools 2026-10");
    expect(answer.title).toBe("Coding tools, October: $160, 8 seats");
    expect(answer.table?.rows).toEqual([
      ["GitHub Copilot", "2", "-", "$40.00", "6", "-", "-"],
      ["Cursor", "6", "1", "$120", "15", "-", "-"],
    ]);
    expect(answer.facts).toEqual([
      { label: "You, GitHub Copilot", value: "$20.00, 1 active day, 3 sessions" },
      { label: "You, Cursor", value: "$20.00, 1 active day, 3 sessions" },
    ]);
    const idle = await ask("u5", "tools 2026-10");
    expect(idle.facts[0]?.value).toContain("your seat is idle");
    const room = await ask("u1", "tools 2026-10", { kind: "room" });
    expect(room.facts).toEqual([]);
    expect((await ask("fin", "tools 2026-10 by person")).state).toBe("refused");
  });

  it("averages over five people and whole months that are over, where the policy allows it", async () => {
    const acme = await make("aggregated");
    const ask = asker(brainOf(database.pool), acme);
    const whole = await ask("fin", "tools 2026-10");
    // Two with Copilot are too few, and the others alone would tell of the two.
    expect(whole.table?.rows.map((cells) => cells.slice(-2))).toEqual([
      ["-", "-"],
      ["-", "-"],
    ]);
    const many = asker(brainOf(database.pool), await make("aggregated", 6));
    expect(
      (await many("fin", "tools 2026-10")).table?.rows.map((cells) => cells.slice(-2)),
    ).toEqual([
      ["6", "$20.00"],
      ["6", "$20.00"],
    ]);
    const part = await many("fin", "tools 2026-10-01..2026-10-15");
    expect(part.table?.rows[1]?.at(-1)).toBe("-");
  });

  it("names people in order of their names, with a recorded basis, in private, and logs it", async () => {
    const acme = await make("named");
    const ask = asker(brainOf(database.pool), acme);
    const answer = await ask("fin", "tools 2026-10 by person");
    const names = answer.table?.rows.map(([name]) => name) ?? [];
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(8);
    expect((await ask("u1", "tools 2026-10 by person")).state).toBe("refused");
    const room = await ask("fin", "tools 2026-10 by person", { kind: "room" });
    expect(room.state).toBe("refused");
    const { rows } = await database.owner.query<{ action: string }>(
      "select action from audit_entry where org_id = $1",
      [acme.orgId],
    );
    expect(rows.map(({ action }) => action)).toEqual(["person_detail.read"]);
  });

  it("says how to connect one where there is none", async () => {
    const acme = await makeAcme(database.owner, { key: "bare" });
    const answer = await asker(brainOf(database.pool), acme)("ada", "tools");
    expect(answer.sentence).toContain("No coding tool is connected");
  });
});
