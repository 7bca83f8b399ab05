import { describe, expect, it } from "vitest";
import { readAudit } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { changeOrganisation, type Edit, exportOrganisation, planFile } from "#core/org/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, edited, exampleOf, fileOf } from "./organisation.ts";

const database = useDatabase();
const LATER = new Date("2026-11-23T14:02:00Z");
let number = 0;

async function organisation() {
  number += 1;
  const key = `acme-${number}`;
  const text = exampleOf(key);
  const { orgId } = await apply(database.pool, text);
  await apply(database.pool, exampleOf(`other-${number}`));
  const directory = await loadDirectory(database.pool, orgId);
  const ana = directory.peopleByName.get("ana") ?? 0;
  const inChat = (edit: Edit) =>
    transaction(database.pool, (tx) =>
      changeOrganisation(tx, {
        orgId,
        edit,
        by: { actor: ana, actorAccount: "slack:T1:U1", surface: "slack", reason: "we agreed" },
        now: LATER,
      }),
    );
  return { key, text, orgId, ana, inChat };
}

async function linesOf(text: string) {
  return (await planFile(database.pool, fileOf(text), LATER)).lines;
}

/** Replaces fields of one record of a section. */
const seats =
  (count: number): Edit =>
  (state) => {
    const plan = state.inventory.get("seat_plan:cursor-business");
    if (plan === undefined) throw new Error("the example has the seat plan");
    const inventory = new Map(state.inventory);
    return {
      ...state,
      inventory: inventory.set("seat_plan:cursor-business", { ...plan, seats: count }),
    };
  };

describe("a value that was last set in chat", () => {
  it("is not overwritten unasked: plan shows both with who and when, apply refuses", async () => {
    const { key, text, orgId, inChat } = await organisation();
    await inChat(seats(45));
    const lines = await linesOf(text);
    expect(lines).toEqual([
      `Nothing else to change in ${key}; 1 value last set in chat: --take file or --take chat.`,
      "! seat plan cursor-business: seats 45 since 2026-11-23 14:02 UTC, set in chat by " +
        "Ana Ruiz; the file says 40",
    ]);
    const also = edited(text, ["Corporate card ending in 1234", "Corporate card ending in 99"]);
    await expect(apply(database.pool, also)).rejects.toMatchObject({
      code: "chat_values_differ",
      kind: "conflict",
      message: expect.stringContaining(
        "seats 45 since 2026-11-23 14:02 UTC, set in chat by Ana Ruiz",
      ),
      help: expect.stringContaining("--take file or --take chat"),
    });
    const exported = await exportOrganisation(database.pool, orgId);
    expect(exported).toContain("seats: 45");
    expect(exported).toContain("Corporate card ending in 1234");
  });

  it("is no conflict once the file says the same", async () => {
    const { key, text, inChat } = await organisation();
    await inChat(seats(45));
    expect(await linesOf(edited(text, ["seats: 40", "seats: 45"]))).toEqual([
      `Nothing to change: ${key} is as the file says.`,
    ]);
  });

  it("gives way to the file when it is taken, and is the file's from then on", async () => {
    const { text, orgId, inChat } = await organisation();
    await inChat(seats(45));
    await apply(database.pool, text, { take: "file", now: LATER });
    expect(await exportOrganisation(database.pool, orgId)).toContain("seats: 40");
    await apply(database.pool, edited(text, ["seats: 40", "seats: 41"]), { now: LATER });
    expect(await exportOrganisation(database.pool, orgId)).toContain("seats: 41");
  });

  it("stays when it is taken, the rest is applied, and nobody is asked again", async () => {
    const { key, text, orgId, inChat } = await organisation();
    await inChat(seats(45));
    const changed = edited(text, ["Corporate card ending in 1234", "Corporate card ending in 99"]);
    await apply(database.pool, changed, { take: "chat", now: LATER });
    const exported = await exportOrganisation(database.pool, orgId);
    expect(exported).toContain("seats: 45");
    expect(exported).toContain("Corporate card ending in 99");
    expect(await linesOf(changed)).toEqual([
      `Nothing to change: ${key} is as the file says.`,
      "= seat plan cursor-business: kept as set in chat by Ana Ruiz on 2026-11-23 14:02 UTC",
    ]);
    const { plan } = await apply(database.pool, changed, { now: LATER });
    expect(plan.changes).toEqual([]);
    expect((await linesOf(edited(changed, ["seats: 40", "seats: 42"])))[1]).toMatch(
      /seats 45 since .* the file says 42$/,
    );
    await inChat(seats(46));
    expect((await linesOf(changed))[1]).toMatch(/^! .* seats 46/);
  });

  it("keeps who holds a function, a project added and a person's delegate", async () => {
    const { text, orgId, inChat } = await organisation();
    await inChat((state) => ({
      ...state,
      functions: new Map(state.functions).set("payments:engineering", { people: ["ben"] }),
      scopes: new Map(state.scopes).set("payments/fraud", {
        name: "Fraud",
        costCentre: null,
        archetype: null,
        channel: null,
        models: [],
        members: [],
        onCall: ["eve"],
      }),
    }));
    const lines = await linesOf(text);
    expect(lines.slice(1)).toEqual([
      "! project payments/fraud: there since 2026-11-23 14:02 UTC, set in chat by Ana " +
        "Ruiz; the file says nothing of it",
      "! engineering of payments: ben since 2026-11-23 14:02 UTC, set in chat by Ana Ruiz; " +
        "the file says eve",
    ]);
    await apply(database.pool, text, { take: "chat", now: LATER });
    const kept = await exportOrganisation(database.pool, orgId);
    expect(kept).toContain("- key: fraud");
    expect(await linesOf(kept)).toHaveLength(1);
    await apply(database.pool, edited(text, ["name: Search", "name: Find"]), { now: LATER });
    expect(await exportOrganisation(database.pool, orgId)).toContain("- key: fraud");
    await apply(
      database.pool,
      edited(text, ["name: Search", "name: Finds"], ["eve\n    projects", "farid\n    projects"]),
      {
        take: "file",
        now: LATER,
      },
    );
    expect(await exportOrganisation(database.pool, orgId)).toContain("engineering: farid");
  });

  it("is refused where it does not fit the rest of the file", async () => {
    const { text, inChat } = await organisation();
    await inChat((state) => {
      const key = state.inventory.get("key:ci-nightly");
      if (key === undefined) throw new Error("the example has the key");
      return {
        ...state,
        inventory: new Map(state.inventory).set("key:ci-nightly", {
          ...key,
          scope: "search/answers",
        }),
      };
    });
    const start = text.indexOf("  - key: search\n    name: Search");
    const without = edited(
      text,
      [text.slice(start, text.indexOf("# What revenue")), "\n"],
      ["    scope: search/answers\n", ""],
    );
    await expect(apply(database.pool, without, { take: "chat" })).rejects.toMatchObject({
      code: "values_contradict",
      message: expect.stringContaining("no project 'search/answers'"),
    });
  });

  it("is checked like the file: nothing is left without an Accountable", async () => {
    const { orgId, inChat } = await organisation();
    const before = await exportOrganisation(database.pool, orgId);
    await expect(
      inChat((state) => {
        const functions = new Map(state.functions);
        functions.delete(":finance");
        return { ...state, functions };
      }),
    ).rejects.toThrow(
      /nobody holds finance, which is Accountable for 'set AI budget and forecast'/,
    );
    await expect(
      inChat((state) => ({
        ...state,
        functions: new Map(state.functions).set(":finance", { people: ["ana", "ben"] }),
      })),
    ).rejects.toThrow(/names 2 people: ana, ben/);
    expect(await exportOrganisation(database.pool, orgId)).toBe(before);
  });

  it("is in the audit log with who, from where and why", async () => {
    const { orgId, ana, inChat } = await organisation();
    await inChat(seats(45));
    let last = {};
    for await (const entry of readAudit(database.pool, orgId)) last = entry;
    expect(last).toMatchObject({
      actor: `person:${ana}`,
      actorAccount: "slack:T1:U1",
      action: "seat_plan.changed",
      subject: "seat_plan:cursor-business",
      before: '{"seats":40}',
      after: '{"seats":45}',
      reason: "we agreed",
      surface: "slack",
    });
  });
});
