import { beforeAll, describe, expect, it } from "vitest";
import type { Asker, Brain, SurfaceName } from "#apps/chat/surface.ts";
import type { Answer, Audience } from "#core/answers/schema.ts";
import { useDatabase } from "#test/database/clone.ts";
import {
  type Acme,
  asPerson,
  brainOf,
  fillAcme,
  makeAcme,
  OPERATOR,
  personId,
  STRANGER,
} from "./acme.ts";

const database = useDatabase();
let brain: Brain;
let acme: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  brain = brainOf(database.pool);
});

/** Open to every linked person, whoever reads along. */
const OPEN = [
  "team payments",
  "project disputes",
  "agent checkout-agent",
  "org",
  "model gpt-4o",
  "provider openai",
  "workflow refunds",
  "product disputes-desk",
  "key ci-nightly-7",
  "spend payments",
  "top model",
  "why payments",
  "owners payments",
  "price gpt-4o",
  "unattributed",
];
/** Answered to anybody, so that an account can be linked. */
const FOR_ALL = ["help", "help all", "whoami", "link"];
/** Detail of customers all over the organisation. */
const ALL_CUSTOMERS = [
  "customer globex",
  "why customer globex",
  "org by customer",
  "top customer",
  "model gpt-4o by customer",
  "workflow refunds by customer",
];
/** Detail of customers of one team. */
const TEAM_CUSTOMERS = [
  "team payments by customer",
  "customer globex in team payments",
  "top customer in team payments",
  "agent checkout-agent by customer",
];
const OWN = ["me", "why me", "me by model", "code"];
const OTHERS_PEOPLE = ["team payments by person", "org last month by person", "top person"];

type Reader = "fin" | "ada" | "sam" | "operator" | "room" | "stranger";
const READERS: readonly Reader[] = ["fin", "ada", "sam", "operator", "room", "stranger"];
const SURFACES: readonly SurfaceName[] = ["slack", "teams", "console", "cli"];

/** Fin holds A of the budget everywhere; Ada A of attribution in payments; Sam is on call there. */
const MAY: Readonly<Record<string, readonly Reader[]>> = {
  open: ["fin", "ada", "sam", "operator", "room"],
  forAll: READERS,
  allCustomers: ["fin", "operator"],
  teamCustomers: ["fin", "ada", "operator"],
  own: ["fin", "ada", "sam"],
  othersPeople: [],
};
const GROUPS = [
  ["open", OPEN],
  ["forAll", FOR_ALL],
  ["allCustomers", ALL_CUSTOMERS],
  ["teamCustomers", TEAM_CUSTOMERS],
  ["own", OWN],
  ["othersPeople", OTHERS_PEOPLE],
] as const;

function readerOf(reader: Reader, surface: SurfaceName): { asker: Asker; audience: Audience } {
  if (reader === "operator") return { asker: OPERATOR, audience: { kind: "operator" } };
  if (reader === "stranger") return { asker: STRANGER, audience: { kind: "room" } };
  // Asked in a room by the one who may see most: the room still sees what a room may.
  if (reader === "room")
    return { asker: asPerson(acme, "fin", surface), audience: { kind: "room" } };
  return {
    asker: asPerson(acme, reader, surface),
    audience: { kind: "person", personId: personId(acme, reader) },
  };
}

function ask(reader: Reader, surface: SurfaceName, text: string): Promise<Answer> {
  return brain.ask({ orgId: acme.orgId, text, surface, ...readerOf(reader, surface) });
}

describe.each(SURFACES)("who may see what in %s", (surface) => {
  describe.each(GROUPS)("%s", (group, commands) => {
    it.each(commands)("%s", async (command) => {
      for (const reader of READERS) {
        const answer = await ask(reader, surface, command);
        const inCli = surface === "cli" && command === "code";
        const expected = MAY[group]?.includes(reader) === true && !inCli ? "ok" : "refused";
        expect({ reader, state: answer.state }).toEqual({ reader, state: expected });
      }
    });
  });
});

describe("an answer that is read by a room", () => {
  it.each([...OPEN, ...FOR_ALL, ...ALL_CUSTOMERS, ...TEAM_CUSTOMERS, ...OWN, ...OTHERS_PEOPLE])(
    "names no customer and nobody's spend: %s",
    async (command) => {
      const { command: _, ...answer } = await ask("room", "slack", command);
      const text = JSON.stringify(answer).toLowerCase();
      expect(text).not.toMatch(/initech/);
      if (!command.includes("globex")) expect(text).not.toMatch(/globex/);
      expect(text).not.toMatch(/user one|\bu1\b/);
      expect(answer.actions.some(({ kind }) => kind === "share")).toBe(false);
    },
  );

  it("is refused in the same words for a customer that exists and one that does not", async () => {
    for (const reader of ["room", "ada", "sam"] as const) {
      const known = await ask(reader, "slack", "customer globex");
      const unknown = await ask(reader, "slack", "customer nobody-such");
      expect({ ...known, command: "" }).toEqual({ ...unknown, command: "" });
    }
  });

  it("says to who answers for a team that those of the team may be asked for", async () => {
    const refused = await ask("ada", "slack", "top customer");
    expect([refused.state, refused.notes]).toEqual([
      "refused",
      ['Those of your own are: add "in payments" to the question.'],
    ]);
    const [offered] = refused.actions;
    if (offered?.kind !== "ask") throw new Error("a question is offered");
    expect((await ask("ada", "slack", offered.command)).state).toBe("ok");
    expect((await ask("sam", "slack", "top customer")).notes).toEqual([
      "See who that is: owners org",
    ]);
  });

  it("does not offer or find customers by a bare name to those who may not see them", async () => {
    const found = await ask("fin", "slack", "how much did globex cost last week?");
    expect(found.command).toBe("customer globex last week");
    for (const reader of ["room", "ada", "sam"] as const) {
      const answer = await ask(reader, "slack", "how much did globex cost last week?");
      expect(answer.state).toBe("not_found");
      const near = await ask(reader, "slack", "globx");
      expect(JSON.stringify(near)).not.toContain("globex");
    }
  });
});

describe("an answer for one person", () => {
  it("is nobody's when it is addressed to another than the one who asks", async () => {
    const answer = await brain.ask({
      orgId: acme.orgId,
      text: "me",
      asker: asPerson(acme, "sam"),
      audience: { kind: "person", personId: personId(acme, "ada") },
      surface: "slack",
    });
    expect(answer.state).toBe("refused");
    const customers = await brain.ask({
      orgId: acme.orgId,
      text: "customer globex",
      asker: asPerson(acme, "sam"),
      audience: { kind: "person", personId: personId(acme, "fin") },
      surface: "slack",
    });
    expect(customers.state).toBe("refused");
  });

  it("is not the operator's because a surface says so", async () => {
    const answer = await brain.ask({
      orgId: acme.orgId,
      text: "customer globex",
      asker: asPerson(acme, "sam"),
      audience: { kind: "operator" },
      surface: "slack",
    });
    expect(answer.state).toBe("refused");
  });

  it("can be shared unless it shows one customer or one person", async () => {
    const shares = async (command: string) =>
      (await ask("fin", "slack", command)).actions.some(({ kind }) => kind === "share");
    expect(await shares("team payments")).toBe(true);
    expect(await shares("why payments")).toBe(true);
    expect(await shares("customer globex")).toBe(false);
    expect(await shares("org by customer")).toBe(false);
    expect(await shares("me")).toBe(false);
  });

  it("ends when the person has left", async () => {
    const gone = personId(acme, "u5");
    await database.owner.query(
      "update person set left_on = '2026-11-01' where org_id = $1 and id = $2",
      [acme.orgId, gone],
    );
    await database.owner.query("update organization set revision = revision + 1 where id = $1", [
      acme.orgId,
    ]);
    const answer = await brain.ask({
      orgId: acme.orgId,
      text: "team payments",
      asker: asPerson(acme, "u5"),
      audience: { kind: "person", personId: gone },
      surface: "slack",
    });
    expect(answer.state).toBe("refused");
    expect(answer.sentence).toContain("left");
  });
});

describe("reading detail", () => {
  async function audited(action: string): Promise<unknown[]> {
    const { rows } = await database.owner.query(
      `select actor, actor_account as account, subject, after from audit_entry
       where org_id = $1 and action = $2 order by position desc limit 1`,
      [acme.orgId, action],
    );
    return rows;
  }
  async function count(): Promise<bigint> {
    const { rows } = await database.owner.query<{ count: bigint }>(
      "select count(*) from audit_entry where org_id = $1",
      [acme.orgId],
    );
    return rows[0]?.count ?? 0n;
  }

  it("of a customer is written into the audit log, by opaque ids", async () => {
    await ask("fin", "slack", "customer globex");
    const [entry] = await audited("customer_detail.read");
    expect(entry).toMatchObject({
      actor: `person:${personId(acme, "fin")}`,
      account: "slack:T1:fin",
      subject: "scope:0",
    });
    expect(JSON.stringify(entry)).not.toContain("globex");
    await ask("ada", "slack", "team payments by customer");
    const [second] = await audited("customer_detail.read");
    expect(second).toMatchObject({
      subject: `scope:${acme.scopes.get("payments")}`,
      after: '{"customer":"all"}',
    });
  });

  it("of oneself is, too", async () => {
    await ask("ada", "slack", "me");
    const [entry] = await audited("person_detail.read");
    expect(entry).toMatchObject({ subject: `person:${personId(acme, "ada")}` });
  });

  it("by the operator names the operator", async () => {
    await ask("operator", "cli", "org by customer");
    const [entry] = await audited("customer_detail.read");
    expect(entry).toMatchObject({ actor: "operator" });
  });

  it("is not written where it was refused, nor for what shows no detail", async () => {
    const before = await count();
    await ask("sam", "slack", "customer globex");
    await ask("room", "slack", "me");
    await ask("ada", "slack", "team payments");
    await ask("ada", "slack", "why payments");
    expect(await count()).toBe(before);
  });
});
