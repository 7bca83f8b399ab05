import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import type { Answer, Audience } from "#core/answers/schema.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Acme, asker, brainOf, fillAcme, makeAcme } from "./acme.ts";
import { MISSPELLINGS, MISTYPED_COMMANDS, PHRASINGS } from "./phrasings.ts";

const database = useDatabase();
let ask: (key: string, text: string, audience?: Audience) => Promise<Answer>;
let brain: Brain;
let acme: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  brain = brainOf(database.pool);
  ask = asker(brain, acme);
});

describe("a question as people ask it", () => {
  it("is tried in at least 120 phrasings", () => {
    expect(PHRASINGS.length).toBeGreaterThanOrEqual(120);
  });

  it.each(PHRASINGS)("'%s' is: %s", async (text, command) => {
    const answer = await ask("ada", text);
    expect({ command: answer.command, state: answer.state }).toEqual({ command, state: "ok" });
  });

  it.each([...new Set(PHRASINGS.map(([, command]) => command))])(
    "the command '%s' is its own command",
    async (command) => {
      expect((await ask("ada", command)).command).toBe(command);
    },
  );

  it.each(MISSPELLINGS)("'%s' offers: %s", async (text, offered) => {
    const answer = await ask("ada", text);
    expect(answer.state).toBe("not_found");
    expect(answer.actions).toContainEqual(
      expect.objectContaining({ kind: "ask", command: offered }),
    );
  });

  it.each(MISTYPED_COMMANDS)("'%s' is put right: %s", async (text, command) => {
    expect(await ask("ada", text)).toMatchObject({ state: "ok", command });
  });

  it.each([
    ["team payments 2026-02-30", "'2026-02-30' is not a day"],
    ["team payments 2026-09-15..2026-09-01", "ends before it begins"],
    ["team payments 2027-01", "2027-01 has not begun yet"],
    ["team payments vs search", "'vs search' is not a period"],
    ["payments by colour", "Spend cannot be broken down by 'colour'"],
    ["payments by agent by model", "'by agent' and 'by model' cannot be asked about together"],
    ["top 0 models", "'top 0' would show nothing"],
    // "cost" is near to "code", which hands out a code.
    ["cost of payments and claude", "did you mean payments?"],
    ["project", "Name the project"],
    ["top colours", "'colours' is no dimension to rank"],
    ["price", "Which model's price?"],
    ["team payments in team search", "cannot be asked about together"],
    ["owners gpt-4o", "gpt-4o is a model"],
    ["help nonsense", "There is no command 'nonsense'"],
    [`team ${"a".repeat(400)}`, "at most 300 are read"],
  ])("'%s' says what is wrong", async (text, message) => {
    const answer = await ask("ada", text);
    expect(answer.state).not.toBe("ok");
    expect(answer.sentence).toContain(message);
    expect(answer.actions.length + answer.notes.length).toBeGreaterThan(0);
  });

  it("shows a name with marks of direction as what it is", async () => {
    const answer = await ask("ada", "team pay\u202ements\u0000\u200b");
    expect(answer.command).toBe("team payments");
  });

  it("answers anything that can be typed, and never with a fault", async () => {
    const word = fc.constantFrom(
      ...`team payments why top by vs model last week 2026-09 2026-13 1..2 on in the 14 days ' " ..
        since monday to me org price at all <@U1> @ / help who owns - %`.split(/\s+/),
    );
    const text = fc.oneof(
      fc.array(word, { maxLength: 12 }).map((words) => words.join(" ")),
      fc.string({ maxLength: 80 }),
      fc.string({ unit: "binary", maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(text, async (typed) => {
        const answer = await ask("ada", typed);
        expect(answer.sentence).not.toBe("");
        expect(answer.title).not.toBe("");
      }),
      { numRuns: 60 },
    );
  });
});
