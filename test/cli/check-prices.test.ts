import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useCommandLine } from "#test/cli/use-command-line.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const { folder, line: run } = useCommandLine(database);

const line = (...words: string[]) => run("prices", "check", ...words);

it("flags a price on which two lists differ, shows it beside ours, and guesses nothing", async () => {
  await makeOrganization(database.owner, "acme");
  const models = { "gpt-4o": { cost: { input: 2.5, output: 12 } } };
  writeFileSync(join(folder, "api.json"), JSON.stringify({ openai: { models } }));
  writeFileSync(join(folder, "other.json"), JSON.stringify({ "gpt-4o": "cheap" }));
  const found = await line("--models-dev", "api.json");
  expect(found.exitCode).toBe(1);
  expect(found.out).toContain("models.dev: 2 prices compared; more than 1% apart: 1.");
  expect(found.out).toContain("openai gpt-4o output: $10 here, $12 there");
  const { rows } = await database.owner.query("select ours, theirs from price_disagreement");
  expect(rows).toEqual([{ ours: "10", theirs: "12" }]);
  models["gpt-4o"].cost.output = 10;
  writeFileSync(join(folder, "api.json"), JSON.stringify({ openai: { models } }));
  expect((await line("--models-dev", "api.json")).exitCode).toBe(0);
  expect((await database.owner.query("select from price_disagreement")).rowCount).toBe(0);
  expect((await line("--litellm", "other.json")).err).toContain("is not such a price list");
  expect((await line()).err).toContain("name a list");
});
