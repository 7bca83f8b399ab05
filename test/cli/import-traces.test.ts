import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { useCommandLine } from "#test/cli/use-command-line.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const { folder, line } = useCommandLine(database);

const ACME = `
organisation: { key: acme, name: Acme, time_zone: UTC, accountable_for_ai_cost: ada }
people: [{ key: ada, name: Ada Byron, email: ada@acme.example }]
functions: { finance: ada, engineering: ada, governance: ada, product: ada }
sources: [{ source: litellm, counts_for: [{ provider: openai }] }]
`;

beforeAll(() => {
  writeFileSync(join(folder, "aispend.yaml"), ACME);
  writeFileSync(
    join(folder, "usage.csv"),
    "ts,provider,model,input_tokens,output_tokens\n2026-11-20T10:00:00Z,openai,gpt-4o,1000,100\n",
  );
});

it("says why imported rows enter no total, and what to write where", async () => {
  expect((await line("apply")).exitCode).toBe(0);
  const { out } = await line("import", "usage.csv");
  expect(out).toContain("1 kept as traces");
  expect(out).toContain("give 'import:usage.csv' its counts_for under sources:");
});
