import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { useDatabase } from "#test/database/clone.ts";
import { aispend, SECRET_KEY } from "./command-line.ts";

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), "aispend-traces-"));

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
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("says why imported rows enter no total, and what to write where", async () => {
  const line = (...words: string[]) =>
    aispend(
      {
        environment: {
          DATABASE_URL: database.url,
          AISPEND_SECRET_KEY: SECRET_KEY,
          AISPEND_HOME: join(folder, "home"),
        },
        workingFolder: folder,
        now: new Date("2026-11-22T14:30:00Z"),
      },
      ...words,
    );
  expect((await line("apply")).exitCode).toBe(0);
  const { out } = await line("import", "usage.csv");
  expect(out).toContain("1 kept as traces");
  expect(out).toContain("give 'import:usage.csv' its counts_for under sources:");
});
