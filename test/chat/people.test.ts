import { beforeAll, describe, expect, it } from "vitest";
import type { Answer, Audience } from "#core/answers/schema.ts";
import { parseUsd } from "#core/money.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Acme, append, asker, brainOf, makeAcme } from "./acme.ts";

const database = useDatabase();
const ROOM: Audience = { kind: "room" };
type Ask = (key: string, text: string, audience?: Audience) => Promise<Answer>;
let self: Ask;
let aggregated: Ask;
let named: Ask;
let aggregatedOrg: Acme;
let namedOrg: Acme;

/** Six people of payments, two of search, in October; everybody a dollar for each million tokens. */
async function fill(acme: Acme): Promise<void> {
  const used = (agent: string, person: string, millions: number) => ({
    source: "seed",
    externalId: `${agent}-${person}`,
    occurredAt: "2026-10-10T10:00:00Z",
    provider: "anthropic",
    model: "claude-haiku-4-5",
    tokens: { input: millions * 1_000_000, output: 0 },
    tags: { agent, person },
  });
  await append(database.pool, acme.orgId, [
    used("checkout-agent", "u1", 1),
    used("checkout-agent", "u2", 2),
    used("checkout-agent", "u3", 3),
    used("refund-agent", "u4", 4),
    used("refund-agent", "u5", 5),
    used("refund-agent", "ada", 6),
    used("crawler", "sam", 50),
    used("crawler", "pia", 70),
  ]);
}

async function make(key: string, personDetail: "self" | "aggregated" | "named"): Promise<Acme> {
  const acme = await makeAcme(database.owner, { key, personDetail });
  await fill(acme);
  return acme;
}

beforeAll(async () => {
  const brain = brainOf(database.pool);
  self = asker(brain, await make("self", "self"));
  aggregatedOrg = await make("aggregated", "aggregated");
  aggregated = asker(brain, aggregatedOrg);
  namedOrg = await make("named", "named");
  named = asker(brain, namedOrg);
});

const BY_PERSON = "team payments last month by person";

describe("spend of people, by default", () => {
  it("is shown to each alone", async () => {
    expect((await self("u3", "me last month")).figures.cost?.amount).toBe("3");
    expect((await self("u4", "me last month")).figures.cost?.amount).toBe("4");
    for (const who of ["ada", "fin", "grace"]) {
      const answer = await self(who, BY_PERSON);
      expect(answer.state).toBe("refused");
      expect(answer.sentence).toBe("Acme shows what a person spent to that person alone.");
    }
  });

  it("cannot be asked for by a person's name", async () => {
    for (const text of ["how much did u3 spend last month", "person u3", "User Three"]) {
      const answer = await self("fin", text);
      expect(answer.state).not.toBe("ok");
      expect(answer.table).toBeUndefined();
    }
  });
});

describe("spend of people, aggregated", () => {
  it("covers a team of at least five, and nobody by name", async () => {
    const answer = await aggregated("ada", "org last month by person");
    // Search has two people, so payments joins it: only all eight together can be shown.
    expect(answer.table?.rows).toEqual([["Acme", "8", "$17.62", "$141", "8"]]);
    expect(JSON.stringify(answer)).not.toMatch(/User|Sam Search|Pia|Ada/);
    expect((await aggregated("ada", BY_PERSON)).state).toBe("refused");
  });

  it("shows a team alone once the rest can stand without it", async () => {
    await append(
      database.pool,
      aggregatedOrg.orgId,
      ["gov", "fin", "grace"].map((person) => ({
        source: "seed",
        externalId: `late-${person}`,
        occurredAt: "2026-10-11T10:00:00Z",
        provider: "anthropic",
        model: "claude-haiku-4-5",
        tokens: { input: 1_000_000, output: 0 },
        tags: { agent: "crawler", person },
      })),
    );
    const team = await aggregated("ada", BY_PERSON);
    expect(team.table?.rows).toEqual([["payments", "6", "$3.50", "$21.00", "6"]]);
    const all = await aggregated("sam", "org last month by person", ROOM);
    expect(all.table?.rows.map((row) => row[0])).toEqual(["Acme", "payments", "search"]);
    const csv = (all.download?.csv ?? "").split("\r\n").slice(1, -1);
    const [whole = 0n, ...parts] = csv.map((line) => parseUsd(line.split(",")[2] ?? ""));
    expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(whole);
  });

  it.each([
    "team payments by person",
    "team payments last week by person",
    "team payments 2026-10-01..2026-10-30 by person",
    "team payments today by person",
    "team payments 2026-11 by person",
  ])("is refused for periods that overlap or are not over: %s", async (text) => {
    const answer = await aggregated("ada", text);
    expect(answer.state).toBe("refused");
    expect(answer.sentence).toContain("whole calendar months that are over");
  });

  it.each([
    "agent checkout-agent last month by person",
    "project disputes last month by person",
    "team payments on claude last month by person",
    "model claude-haiku-4-5 last month by person",
    "team unattributed last month by person",
  ])("is refused for anything narrower than a team: %s", async (text) => {
    expect((await aggregated("ada", text)).state).toBe("refused");
  });

  it("is refused where fewer than five would be covered", async () => {
    expect((await aggregated("ada", "team search 2026-09 by person")).state).toBe("refused");
  });

  it("ranks nobody", async () => {
    expect((await aggregated("fin", "top person last month")).state).toBe("refused");
    expect((await aggregated("fin", "top people")).sentence).toBe("There is no ranking of people.");
  });
});

describe("spend of people, named on a recorded basis", () => {
  it("is shown by name to those who answer for it, in private, and not ranked", async () => {
    const answer = await named("ada", BY_PERSON);
    expect(answer.table?.rows.map((row) => row[0])).toEqual([
      "Ada Byron",
      "User Five",
      "User Four",
      "User One",
      "User Three",
      "User Two",
    ]);
    expect(answer.actions.some(({ kind }) => kind === "share")).toBe(false);
    const { rows } = await database.owner.query(
      `select after from audit_entry where org_id = $1 and action = 'person_detail.read'
       order by position desc limit 1`,
      [namedOrg.orgId],
    );
    expect(rows).toEqual([{ after: '{"detail":"named"}' }]);
  });

  it("names who moved most, to those who may see it", async () => {
    const why = (key: string, audience?: Audience) =>
      named(key, "why payments last month", audience);
    expect((await why("ada")).facts).toContainEqual({
      label: "Person that moved most",
      value: "Ada Byron, +$6.00",
    });
    for (const answer of [await why("sam"), await why("ada", ROOM)]) {
      expect(answer.state).toBe("ok");
      expect(answer.facts.map(({ label }) => label)).not.toContain("Person that moved most");
    }
    expect((await self("ada", "why payments last month")).facts).toHaveLength(3);
  });

  it("is not shown to a room, nor to others, nor ranked", async () => {
    expect((await named("ada", BY_PERSON, ROOM)).state).toBe("refused");
    expect((await named("sam", BY_PERSON)).state).toBe("refused");
    expect((await named("ada", "team search last month by person")).state).toBe("refused");
    expect((await named("fin", "top person last month")).state).toBe("refused");
  });
});
