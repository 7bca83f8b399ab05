import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { useCommandLine } from "#test/cli/use-command-line.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const { folder, line } = useCommandLine(database);

const ACME = `
organisation:
  key: acme
  name: Acme
  time_zone: UTC
  accountable_for_ai_cost: ada
  reports: { showback: { weekday: friday, at: "16:00" }, review: { working_day: 2 } }
people:
  - { key: ada, name: Ada Byron, email: ada@acme.example }
  - { key: fin, name: Fin Okafor, email: fin@acme.example }
functions: { finance: fin, engineering: ada, governance: fin, product: fin }
teams:
  - key: payments
    cost_centre: CC-1
    projects: [{ key: checkout, agents: [{ key: checkout-agent }] }]
`;

/** A row on every day of September to the 21st of November. */
const DAYS = Array.from({ length: 82 }, (_, index) =>
  new Date(Date.UTC(2026, 8, 1 + index)).toISOString().slice(0, 10),
);
const USAGE = [
  "ts,provider,model,input_tokens,output_tokens,agent",
  ...DAYS.map((day) => `${day}T10:00:00Z,openai,gpt-4o,4000000,100,checkout-agent`),
].join("\n");

beforeAll(async () => {
  writeFileSync(join(folder, "aispend.yaml"), ACME);
  writeFileSync(join(folder, "usage.csv"), `${USAGE}\n`);
  expect((await line("apply")).exitCode).toBe(0);
  expect((await line("import", "usage.csv")).exitCode).toBe(0);
});

it("keeps when reports go out, from the file to the database and back", async () => {
  const exported = await line("org", "export");
  expect(exported.out).toMatch(/weekday: friday/);
  expect((await line("plan")).out).toMatch(/^Nothing to change/);
});

it("previews a showback, and says where none would go", async () => {
  expect((await line("showback", "--dry-run")).out).toMatch(/^No scope has a channel/);
  const { out } = await line("showback", "payments");
  expect(out).toMatch(/^--- payments, to no channel\npayments, 9-15 Nov: \$70\.01, unchanged/);
  expect((await line("showback", "paymets")).exitCode).toBe(1);
});

it("writes the review as a page of its own", async () => {
  const { out } = await line("review", "2026-10", "--html", "review.html");
  expect(out).toMatch(/^Acme, review of October: \$310, /);
  const page = readFileSync(join(folder, "review.html"), "utf8");
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).not.toMatch(/<script|src=|href=|url\(/);
  expect((await line("review", "2026-11")).err).toMatch(/not over yet/);
  expect((await line("review", "october")).err).toMatch(/is not a month/);
});

it("writes the board's page of a quarter", async () => {
  const { out } = await line("board", "2026-Q4", "--html", "board.html");
  expect(out).toMatch(/^Acme, Q4 2026 so far: \$520 spent on AI/);
  expect(readFileSync(join(folder, "board.html"), "utf8")).toContain("<h2>Return per product</h2>");
  expect((await line("board", "2027-Q1")).err).toMatch(/has not begun/);
  expect((await line("board", "Q5")).err).toMatch(/is not a quarter/);
});

it("states a month by cost centre, exactly", async () => {
  const { out } = await line("statement", "2026-10", "--cost-centre", "CC-1");
  const [header, row, ...more] = out.trimEnd().split("\n");
  expect(header).toMatch(/^month,cost_centre,team/);
  expect(row).toMatch(/^2026-10,CC-1,payments,checkout,.*,310\.031,USD$/);
  expect(more).toEqual([]);
  const focus = await line("statement", "2026-10", "--format", "focus", "--output", "october.csv");
  expect(focus.out).toMatch(/^\$310\.03 in 1 line of 2026-10.*\n {2}CC-1 {2}\$310\.03\n$/);
  const { out: json } = await line("statement", "2026-10", "--json");
  expect(JSON.parse(json)).toMatchObject({ statement: [{ cost: "310.031" }], total: "310.031" });
  expect(readFileSync(join(folder, "october.csv"), "utf8")).toMatch(/^BilledCost,/);
  expect((await line("statement", "2026-10", "--cost-centre", "CC-9")).err).toMatch(/CC-1/);
});
