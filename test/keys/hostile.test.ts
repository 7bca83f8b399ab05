import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { block } from "#apps/chat/commands/block.ts";
import { cap } from "#apps/chat/commands/cap.ts";
import { glass } from "#apps/chat/commands/glass.ts";
import { key } from "#apps/chat/commands/key.ts";
import { wordsOf } from "#apps/chat/grammar/words.ts";
import { readCapWords } from "#apps/chat/keys/read-cap-words.ts";
import { readKeyWords } from "#apps/chat/keys/read-key-words.ts";
import type { Brain } from "#apps/chat/surface.ts";
import { AispendError } from "#core/errors.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, brainOf, makeAcme, presser, privately } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const TODAY = parseDay("2026-11-22");
const WORDS = `key keys request new requests reveal suspend resume revoke rotate lost give
  transfer to raise cap set today because agent team payments "x y" 300 $1e9 -5 0 day week a per . ,
  2026-99-99
  ' " % | : 99999999999999999999`;
const text = fc.oneof(
  fc
    .array(fc.constantFrom(...WORDS.split(/\s+/)), { maxLength: 15 })
    .map((words) => words.join(" ")),
  fc.string({ maxLength: 200 }),
  fc.string({ unit: "binary", maxLength: 100 }),
);

describe("what can be typed about keys and caps", () => {
  it.each([
    ["key", (typed: string) => readKeyWords(wordsOf(typed), TODAY)],
    ["cap", (typed: string) => readCapWords(wordsOf(typed), TODAY)],
  ] as const)("as %s never fails", (_name, read) => {
    fc.assert(
      fc.property(text, (typed) => {
        try {
          read(typed);
        } catch (error) {
          expect(error).toBeInstanceOf(AispendError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("what a button may bring back", () => {
  let acme: Acme;
  let brain: Brain;
  beforeAll(async () => {
    acme = await makeAcme(database.owner, { key: "acme" });
    brain = brainOf(database.pool);
  });

  const TOKENS = [
    "",
    "0",
    "-1",
    "99999999999",
    "1|",
    "|1",
    "key:1",
    "scope:999",
    "scope:0|x|day",
    "key:1|5|day||1|x",
    "revoke|1",
    "constructor|1",
    "1.1",
    "1.0",
    "\u0000",
    "a".repeat(1_500),
  ];
  const VALUES = {
    scope: "0",
    use: "\u202e",
    cap: "1e999",
    period: "__proto__",
    until: "soon",
    reason: "",
    text: " ",
    to: "@",
    overlap: "-1",
    models: "<img>",
    name: "../../etc",
  };
  const verbs = [key, cap, block, glass].flatMap(({ presses }) => Object.keys(presses ?? {}));
  const forms = Object.keys(key.forms ?? {});

  it.each(verbs)("%s refuses a token and fields of nobody's, and changes nothing", async (verb) => {
    for (const token of TOKENS) {
      for (const values of [{}, VALUES]) {
        const answer = await presser(brain, acme)("ada", verb, token, values);
        expect([token.slice(0, 20), answer.state]).not.toEqual([token.slice(0, 20), "ok"]);
        expect(answer.sentence).not.toBe("");
      }
    }
    const { rows } = await database.owner.query("select 1 from audit_entry");
    expect(rows).toEqual([]);
  });

  it.each(forms)("the form %s answers a token of nobody's", async (name) => {
    for (const token of TOKENS) {
      const shown = await brain.form(name, token, privately(acme, "ada"));
      if (name === "key_request") expect("fields" in shown).toBe(true);
      else expect("fields" in shown ? "a form" : shown.state).not.toBe("ok");
    }
  });
});
