import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useCommandLine } from "#test/cli/use-command-line.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const { folder, line } = useCommandLine(database);

const ACME = `
organisation: { key: acme, name: Acme, time_zone: UTC, accountable_for_ai_cost: ada }
people: [{ key: ada, name: Ada Byron, email: ada@acme.example }]
functions: { finance: ada, engineering: ada, governance: ada, product: ada }
teams: [{ key: payments }]
`;
const RULE = `attribution_rules: [{ key: ci, when: { key: ci-* }, scope: payments }]\n`;
const USAGE = `ts,provider,model,input_tokens,output_tokens,api_key_id
2026-11-20T10:00:00Z,openai,gpt-4o,1000000,0,ci-nightly
2026-11-21T10:00:00Z,openai,gpt-4o,3000000,0,other
`;

it("shows coverage before and after a new rule, books it, and takes it back", async () => {
  writeFileSync(join(folder, "aispend.yaml"), ACME);
  writeFileSync(join(folder, "usage.csv"), USAGE);
  await line("apply");
  await line("import", "usage.csv");
  writeFileSync(join(folder, "aispend.yaml"), ACME + RULE);
  expect((await line("apply")).exitCode).toBe(0);
  const dry = await line("attribute", "--since", "2026-11-01", "--dry-run");
  expect(dry.out).toContain("$2.50 of 1 call would move, in 1 correction.");
  expect(dry.out).toMatch(/team +0\.0% before, 25\.0% after/);
  expect(dry.out).toContain("Nothing was changed");
  const done = JSON.parse((await line("attribute", "--since", "2026-11-01", "--json")).out);
  expect(done).toMatchObject({ moved: 1, cost: "2.5", after: { cost: "10", teamCost: "2.5" } });
  expect((await line("ask", "team", "payments")).out).toContain("$2.50");
  expect((await line("attribute", "--undo", done.batch)).out).toContain("Taken back: $2.50");
  expect((await line("attribute", "--undo", done.batch)).exitCode).toBe(1);
  expect((await line("attribute")).err).toContain("--since");
  expect((await line("attribute", "--since", "2027-01-01")).err).toContain("is after 2026-11-22");
});
