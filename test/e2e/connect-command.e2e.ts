import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Day } from "#core/time.ts";
import { aispend, SECRET_KEY } from "#test/cli/command-line.ts";
import { type ContractServer, serveContract } from "#test/connect/contract-server.ts";
import { generatedDay, openAiContract } from "#test/connect/openai-account.ts";
import { useDatabase } from "#test/database/clone.ts";

const SECRET = "sk-admin-canary-0123456789";
const NOW = new Date("2026-11-22T12:00:00Z");
const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), "aispend-connect-"));
let server: ContractServer;
let said = "";

const ACME = `
organisation:
  key: acme
  name: Acme
  time_zone: UTC
  accountable_for_ai_cost: ada
people:
  - { key: ada, name: Ada Byron, email: ada@acme.example }
  - { key: fin, name: Fin Okafor, email: fin@acme.example }
functions: { finance: fin, engineering: ada, governance: fin, product: fin }
teams:
  - { key: payments, projects: [{ key: checkout }] }
accounts:
  - key: openai-main
    provider: openai
    id: org-acme
    owner: fin
    projects: [{ id: proj_0, scope: payments/checkout }]
`;

beforeAll(async () => {
  writeFileSync(join(folder, "aispend.yaml"), ACME);
  const models = ["gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"];
  const account = {
    days: (day: Day) => generatedDay(day, 3, models),
    projects: [0, 1, 2].map((id) => ({ id: `proj_${id}`, name: `Project ${id}` })),
    keys: [0, 1, 2].map((id) => ({ id: `key_${id}`, name: `ci ${id}`, project: `proj_${id}` })),
    mayWrite: true,
  };
  const isKey = (headers: { authorization?: string | undefined }) =>
    headers.authorization === `Bearer ${SECRET}`;
  server = await serveContract(openAiContract(account), isKey, NOW);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

async function line(...words: string[]) {
  const environment = {
    DATABASE_URL: database.url,
    AISPEND_SECRET_KEY: SECRET_KEY,
    AISPEND_HOME: join(folder, "home"),
    BILLING_KEY: SECRET,
    CHAT_KEY: "sk-proj-canary-of-another-kind",
  };
  const ran = await aispend({ environment, workingFolder: folder, now: NOW }, ...words);
  said += ran.out + ran.err;
  return ran;
}

const CONNECT = ["connect", "openai", "--days", "5"];

it("asks for a source that there is, a key, and a key of the right kind", async () => {
  expect((await line("apply")).exitCode).toBe(0);
  const unknown = await line("connect", "acme-ai");
  expect(unknown.err).toContain("'acme-ai' cannot be connected\nSources: openai, anthropic");
  const missing = await line(...CONNECT, "--key-env", "NOT_SET");
  expect(missing.err).toContain("NOT_SET is not set");
  const other = await line(...CONNECT, "--key-env", "CHAT_KEY");
  expect(other.err).toContain("That is no admin API key");
  const noUrl = await line("connect", "litellm", "--key-env", "BILLING_KEY");
  expect(noUrl.err).toContain("LiteLLM needs --base-url");
  const ftp = await line(...CONNECT, "--key-env", "BILLING_KEY", "--base-url", "ftp://x");
  expect(ftp.err).toContain("--base-url is not written right\nWrite an http or https address");
  expect(unknown.exitCode + missing.exitCode + other.exitCode + noUrl.exitCode).toBe(4);
});

it("tries a key out without storing anything", async () => {
  const tried = await line(
    ...CONNECT,
    "--key-env",
    "BILLING_KEY",
    "--base-url",
    server.url,
    "--dry-run",
  );
  expect(tried.out).toContain("OpenAI: account org-acme, 3 projects, 3 keys.");
  expect(tried.out).toContain("This key can do more than read: it can make and delete projects");
  expect(tried.out).toContain("Would read 5 days of usage. Nothing was stored.");
  expect((await line("connections")).out).toContain("No source is connected");
});

it("connects, fills the history in and shows the whole bill, whose it is and what to do", async () => {
  const connected = await line(...CONNECT, "--key-env", "BILLING_KEY", "--base-url", server.url);
  expect(connected.err).toContain("This key can do more than read");
  expect(connected.exitCode).toBe(0);
  expect(connected.out).toContain("usage: 36 lines of 6 days");
  expect(connected.out).toMatch(/in the last 5 days; \d+\.\d% of it belongs to a team/);
  expect(connected.out).toContain("ci 1 (key_1)");
  expect(connected.out).toMatch(/Ownerless keys +2 with \$/);
  expect(connected.out).toMatch(/1\. Say whose 2 keys are/);
  const again = await line(
    ...CONNECT,
    "--key-env",
    "BILLING_KEY",
    "--base-url",
    server.url,
    "--json",
  );
  const { connection, readings, picture, warning } = JSON.parse(again.out);
  expect(connection).toMatchObject({ kind: "openai", account: "org-acme", state: "active" });
  expect(readings[0].reading).toMatchObject({ appended: 0, withdrawn: 0 });
  expect(picture.figures.total.unit).toBe("USD");
  expect(warning).toContain("can do more than read");
});

it("names the file that it cannot take, and what it is instead", async () => {
  const noise = Buffer.from([0x22, 0xff, 0x00, 0x22, 0x61, 0x22, 0x0a, 0xfe, 0x22, 0x01]);
  writeFileSync(join(folder, "noise.csv"), noise);
  writeFileSync(join(folder, "page.json"), '{"a":1}');
  for (const from of [["--from", "focus"], ["--from", "openai"], []]) {
    const tried = await line("import", ...from, folder);
    expect(tried).toMatchObject({ exitCode: 1 });
    expect(tried.err).toContain(`'${folder}' is a folder`);
  }
  for (const format of ["focus", "charges", "langfuse"]) {
    const tried = await line("import", "--from", format, "noise.csv");
    expect(tried.err, format).toContain("is damaged or not whole: a row is no CSV");
  }
  const page = await line("import", "--from", "cursor", "page.json");
  expect(page.err).toContain("'totalUsageEventsCount' must be a number");
});

it("says how sources are, and forgets a key", async () => {
  const listed = await line("connections");
  expect(listed.out).toContain("openai (OpenAI, account org-acme): ok");
  expect((await line("disconnect", "nothing")).err).toContain("There is: openai.");
  expect((await line("disconnect", "openai", "--dry-run")).out).toContain("Would forget");
  expect((await line("disconnect", "openai")).exitCode).toBe(0);
  const { rows } = await database.owner.query("select state, credential from connection");
  expect(rows).toEqual([{ state: "disconnected", credential: null }]);
});

it("imports known formats with no mapping, and charges by hand", async () => {
  const focus = [
    "BilledCost,BillingAccountId,BillingCurrency,ChargeCategory,ChargePeriodStart," +
      "ProviderName,ServiceCategory,ServiceName",
    "12.5,acct-1,USD,Usage,2026-11-03T00:00:00Z,Acme,AI and Machine Learning,Models",
  ];
  writeFileSync(join(folder, "focus.csv"), focus.join("\n"));
  const tried = await line("import", "--from", "focus", "focus.csv", "--dry-run");
  expect(tried.out).toContain("Would import");
  expect(tried.out).toContain("(focus): $12.50 on 1 day; 1 charge.");
  expect((await line("import", "--from", "focus", "focus.csv")).out).toContain("1 appended");
  const invoice = [
    "externalId,category,provider,item,amount,month,team",
    "inv-7,platform_fee,acme,Platform,30,2026-11,payments",
    "inv-8,refund,acme,Outage,-5,2026-11,",
  ];
  writeFileSync(join(folder, "invoice.csv"), invoice.join("\n"));
  const wouldBe = await line("import", "--from", "charges", "invoice.csv", "--dry-run");
  expect(wouldBe.out).toContain("Would import");
  expect(wouldBe.out).toContain("2 rows, 1 appended, 1 refused");
  const invoiced = await line("import", "--from", "charges", "invoice.csv");
  expect(invoiced.exitCode).toBe(1);
  expect(invoiced.out).toContain("2 rows, 1 appended, 1 refused");
  expect(invoiced.out).toContain(
    "row 2: amount must be above 0; a refund is taken off without a sign",
  );
  const prepaid = [
    "charge",
    "prepaid",
    "--provider",
    "acme",
    "--item",
    "Commit",
    "--amount",
    "100",
  ];
  const booked = await line(...prepaid, "--day", "2026-11-01", "--id", "po-1");
  expect(booked.out).toBe("Booked.\n");
  expect((await line(...prepaid, "--day", "2026-11-01", "--id", "po-1")).out).toContain("already");
  expect((await line(...prepaid)).out).toContain("give one of month, day, or from and to");
  const misspelt = await line(...prepaid, "--day", "2026-11-01", "--project", "chekout");
  expect(misspelt.err).toMatch(/^there is no project 'chekout'\nDid you mean checkout\?/i);
  expect((await line("credits")).out).toMatch(/^acme: \$65\.50 left of \$100\.00, \$34\.50 drawn/);
  const wrong = await line("import", "--from", "cur2", "focus.csv");
  expect(wrong.err).toContain("is no cur2 file");
});

it("says the key nowhere", () => {
  expect(said.length).toBeGreaterThan(500);
  expect(said).not.toContain("canary");
});
