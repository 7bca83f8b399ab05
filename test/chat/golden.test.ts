import { beforeAll, describe, expect, it } from "vitest";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import type { Answer } from "#core/answers/schema.ts";
import { useDatabase } from "#test/database/clone.ts";
import { expectGolden } from "#test/golden.ts";
import { asker, brainOf, fillAcme, makeAcme } from "./acme.ts";

const database = useDatabase();
let ask: (key: string, text: string) => Promise<Answer>;

beforeAll(async () => {
  const acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  ask = asker(brainOf(database.pool), acme);
});

const ANSWERS: readonly (readonly [file: string, who: string, text: string])[] = [
  ["team", "ada", "team payments"],
  ["team-today", "ada", "team search today"],
  ["team-empty", "ada", "team payments 2025-01"],
  ["team-by-model-vs", "ada", "team payments last month vs 2026-09 by model"],
  ["org", "fin", "org"],
  ["org-year", "fin", "org this year by model"],
  ["model-unpriced", "fin", "model mystery-1"],
  ["key-hash", "fin", "top key"],
  ["customer", "fin", "customer globex last month"],
  ["customer-refused", "sam", "customer globex"],
  ["me", "ada", "me"],
  ["top", "ada", "which models cost the most this month?"],
  ["why", "ada", "why is payments up"],
  ["owners", "ada", "who owns payments"],
  ["price", "ada", "price claude-sonnet-4-5"],
  ["budget-warn", "fin", "budget warn 9"],
  ["channel", "ada", "channel payments"],
  ["unattributed", "ada", "unattributed"],
  ["not-found", "ada", "team paymets"],
  ["ambiguous", "ada", "agent triage"],
  ["not-understood", "ada", "team payments 2026-02-30"],
  ["whoami", "ada", "whoami"],
  ["help", "ada", "help"],
  ["help-all", "ada", "help all"],
  ["help-team", "ada", "help team"],
];

describe("an answer", () => {
  it.each(ANSWERS)("reads as %s.md", async (file, who, text) => {
    expectGolden(markdown(await ask(who, text)), new URL(`golden/${file}.md`, import.meta.url));
  });

  it.each(ANSWERS)("says %s without jargon and in short lines", async (_, who, text) => {
    const answer = await ask(who, text);
    const said = plainText(answer);
    expect(said).not.toMatch(/undefined|null|NaN|\[object|^\s+at \S+:\d|nano/m);
    // The first line is the notification: a phone cuts it off.
    expect(answer.sentence.length).toBeLessThanOrEqual(260);
    expect(answer.title.length).toBeLessThanOrEqual(150);
    for (const action of answer.actions) expect(action.label.length).toBeLessThanOrEqual(75);
  });
});
