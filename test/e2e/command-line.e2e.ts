import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createProgram } from "#apps/cli/program.ts";
import { requestCommandLineCode } from "#core/org/identity.ts";
import { aispend, SECRET_KEY } from "#test/cli/command-line.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const elsewhere = useDatabase();
const folder = mkdtempSync(join(tmpdir(), "aispend-cli-"));
const NOW = new Date("2026-11-22T14:30:00Z");

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
  - key: payments
    projects: [{ key: checkout, agents: [{ key: checkout-agent }] }]
`;
const USAGE = `ts,provider,model,input_tokens,output_tokens,team,api_key_id
2026-11-20T10:00:00Z,openai,gpt-4o,1000,100,payments,k1
2026-11-21T10:00:00Z,openai,gpt-4o,2000,200,payments,k1
2026-11-21T11:00:00Z,openai,gpt-4o,3000,300,,k2
2026-11-21T12:00:00Z,openai,gpt-4o,4000,400,wholesale,k3
`;
const BAD_ROW = "2026-11-21T13:00:00Z,openai,gpt-4o,many,400,payments,k1\n";

beforeAll(() => {
  writeFileSync(join(folder, "aispend.yaml"), ACME);
  writeFileSync(join(folder, "usage.csv"), USAGE);
  writeFileSync(join(folder, "bad.csv"), USAGE + BAD_ROW);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lineOn = (url: string, ...words: string[]) =>
  aispend(
    {
      environment: {
        DATABASE_URL: url,
        AISPEND_SECRET_KEY: SECRET_KEY,
        AISPEND_HOME: join(folder, "home"),
      },
      workingFolder: folder,
      now: NOW,
    },
    ...words,
  );
const line = (...words: string[]) => lineOn(database.url, ...words);

/** The JSON that a command printed, as text is compared: by path. */
async function json(...words: string[]): Promise<unknown> {
  const { out, err } = await line(...words, "--json");
  expect(err).toBe("");
  return JSON.parse(out);
}

// The commands below tell one story in order, as an operator would: one database, one folder.

it("plans, refuses what does not fit with its line, applies, and plans nothing more", async () => {
  const planned = await line("plan");
  expect(planned.out).toMatch(/^Creates organisation acme/);
  writeFileSync(join(folder, "wrong.yaml"), ACME.replace("product: fin", "product: nobody"));
  const wrong = await line("apply", "wrong.yaml");
  expect(wrong.exitCode).toBe(1);
  expect(wrong.err).toMatch(/wrong\.yaml:10: .*nobody/);
  expect((await line("apply")).exitCode).toBe(0);
  expect((await line("plan")).out).toBe("Nothing to change: acme is as the file says.\n");
});

it("exports the organisation as a file that changes nothing", async () => {
  await line("org", "export", "--output", "exported.yaml");
  expect(readFileSync(join(folder, "exported.yaml"), "utf8")).toContain("key: acme");
  expect((await line("plan", "exported.yaml")).out).toMatch(/^Nothing to change/);
  expect(await json("org", "schema")).toMatchObject({ title: "aispend.yaml" });
});

it("imports usage: a dry run writes nothing, a rerun adds nothing, a bad row is named", async () => {
  const dry = await line("import", "usage.csv", "--dry-run");
  expect(dry.out).toMatch(/^Would import usage\.csv: 4 rows, 4 appended/);
  expect(await json("ledger", "verify")).toMatchObject({ entries: "0" });
  expect(await json("import", "usage.csv")).toMatchObject({ rows: 4, appended: 4, refused: 0 });
  expect(await json("import", "usage.csv")).toMatchObject({ appended: 0, duplicates: 4 });
  const bad = await line("import", "bad.csv", "--source", "import:usage.csv");
  expect(bad.exitCode).toBe(1);
  expect(bad.out).toMatch(/4 there before, 1 refused/);
  expect(bad.out).toMatch(/line 6: refused, .*many/);
});

it("asks as the operator and as a person, in words and as JSON", async () => {
  const asked = await line("ask", "team", "payments", "this", "month");
  expect(asked.out).toMatch(/^payments spent \$0\.010/);
  expect(await json("ask", "team payments", "--as", "ada@acme.example")).toMatchObject({
    state: "ok",
    audience: { kind: "person" },
  });
  const changed = await line("ask", "showback off payments", "--as", "ada@acme.example");
  expect(changed.exitCode).toBe(1);
  expect(changed.out).toContain("it changes nothing in their name");
  const lost = await line("ask", "team", "paymets");
  expect(lost.exitCode).toBe(1);
  expect(lost.out).toContain("payments");
  const nobody = await line("ask", "me", "--as", "eve@acme.example");
  expect(nobody).toMatchObject({ exitCode: 1, out: "" });
  expect(nobody.err).toContain("eve@acme.example");
});

it("verifies and exports ledger and audit log, and sees what was changed behind its back", async () => {
  expect((await line("ledger", "verify")).out).toMatch(/^The ledger of acme adds up: 4 entries/);
  const csv = await line("ledger", "export", "--from", "2026-11-20", "--to", "2026-11-20");
  expect(csv.out.trim().split("\n")).toHaveLength(2);
  expect((await line("ledger", "export", "--format", "focus")).out).toContain("BilledCost");
  const audit = await line("audit", "verify");
  expect(audit.out).toMatch(/^The audit log of acme is intact/);
  const head = /^Head: (.+)$/m.exec(audit.out)?.[1] ?? "";
  expect((await line("audit", "verify", "--head", head)).exitCode).toBe(0);
  const lines = (await line("audit", "export")).out.trim().split("\n");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ action: "organization.created" });
  const cut = await line("audit", "verify", "--head", `9999:${"0".repeat(64)}`);
  expect(cut).toMatchObject({ exitCode: 1 });
  await database.owner.query("update rollup_day set cost = cost + 1 where team_id <> 0");
  const broken = await line("ledger", "verify");
  expect(broken.exitCode).toBe(1);
  expect(broken.out).toMatch(/First difference: rollup_day\.cost is \d+, the entries say \d+/);
  await database.owner.query("update rollup_day set cost = cost - 1 where team_id <> 0");
});

it("issues, lists and revokes tokens, logged as the operator's doing", async () => {
  const issued = await line("token", "issue", "litellm", "--scope", "payments/checkout");
  expect(issued.out).toMatch(/may write to payments\/checkout/);
  const secret = issued.out.trim().split("\n").at(-1) ?? "";
  expect(secret).toMatch(/^aispend_/);
  expect((await line("token", "list")).out).toContain(
    "litellm: payments/checkout, last used never",
  );
  expect((await line("token", "revoke", "1")).exitCode).toBe(0);
  expect((await line("token", "revoke", "1")).exitCode).toBe(1);
  expect((await line("token", "issue", "x", "--scope", "nowhere")).err).toContain("no scope");
  const log = (await line("audit", "export")).out;
  expect(log).toContain('"action":"ingest_token.issued"');
  expect(log).toMatch(/"actor":"operator","actorAccount":"cli:/);
  expect(log).not.toContain(secret);
});

it("claims spend of a key once, as a person only with a code and the right", async () => {
  const claim = ["claim", "k2", "--for", "payments/checkout", "--from", "2026-11-01"];
  expect((await line(...claim, "--as", "ada@acme.example")).err).toContain("needs a proof");
  const wrong = await line(...claim, "--as", "ada@acme.example", "--code", "AAAA-AAAA");
  expect(wrong).toMatchObject({ exitCode: 1 });
  const { rows } = await database.owner.query(
    "select person_id from person_detail where email = 'ada@acme.example'",
  );
  const personId = Number(rows[0]?.person_id);
  const code = await requestCommandLineCode(database.pool, 1, "slack:T1:U1", personId, NOW);
  const done = await line(...claim, "--as", "ada@acme.example", "--code", code);
  expect(done.out).toMatch(/of 1 calls by k2 are booked to payments\/checkout/);
  expect((await line("audit", "export")).out).toMatch(
    new RegExp(`"actor":"person:${personId}".*"action":"spend.claimed"`),
  );
  expect((await line(...claim)).out).toMatch(/^Nothing to claim/);
  expect((await line("ledger", "verify")).exitCode).toBe(0);
  expect((await line("claim", "k9", "--for", "payments", "--from", "2026-11-01")).exitCode).toBe(1);
});

it("writes what usage names and the file lacks as YAML", async () => {
  const found = await line("scopes", "discover");
  expect(found.out).toContain("teams:\n  - key: wholesale");
});

it("brings people from CSV, links an account, and forgets a person", async () => {
  writeFileSync(join(folder, "people.csv"), "email,name\nbob@acme.example,Bob\nnot-an-address,X\n");
  const imported = await line("people", "import", "people.csv");
  expect(imported.exitCode).toBe(1);
  expect(imported.out).toMatch(/^1 joined/);
  expect(imported.out).toContain("line 3: email 'not-an-address'");
  expect((await line("link", "slack:T1:U7", "bob@acme.example")).exitCode).toBe(0);
  expect((await line("link", "slack", "bob@acme.example")).err).toContain("not an account");
  expect((await line("person", "forget", "bob@acme.example")).out).toContain("is forgotten");
  expect((await line("people", "list")).out).not.toContain("bob@acme.example");
});

it("shows what is owed and what gave up", async () => {
  expect((await line("outbox")).out).toBe("Every message was delivered.\n");
  expect(await json("outbox")).toEqual([]);
  expect((await line("outbox", "retry", "7")).exitCode).toBe(1);
  expect((await line("jobs")).out).toBe("No work waits.\n");
  expect((await line("jobs", "retry", "none", "yesterday")).err).toContain("is not a time");
});

it("moves the organisation to another time zone, and the file has to follow", async () => {
  const done = await line("ledger", "rebuild", "--time-zone", "Asia/Kathmandu");
  expect(done.out).toMatch(/^acme is in Asia\/Kathmandu now/);
  expect((await line("ledger", "verify")).exitCode).toBe(0);
  expect((await line("apply")).exitCode).toBe(1);
  expect((await line("ledger", "rebuild", "--time-zone", "UTC")).exitCode).toBe(0);
  expect((await line("ledger", "rebuild", "--time-zone", "Mars/Base")).exitCode).toBe(1);
});

it("dumps everything to a file of its owner's, and restores only into an empty database", async () => {
  writeFileSync(join(folder, "all.gz"), "of yesterday", { mode: 0o644 });
  const damaged = await line("db", "restore", "all.gz");
  expect(damaged).toMatchObject({ exitCode: 1, err: expect.stringContaining("is no gzip") });
  const dumped = await line("db", "dump", "all.gz");
  expect(dumped.exitCode).toBe(0);
  const text = gunzipSync(readFileSync(join(folder, "all.gz"))).toString();
  expect(text).toContain("checkout-agent");
  expect(statSync(join(folder, "all.gz")).mode & 0o777).toBe(0o600);
  const restored = await lineOn(elsewhere.url, "db", "restore", "all.gz");
  expect(restored.exitCode).toBe(0);
  const there = await lineOn(elsewhere.url, "ledger", "verify", "--json");
  expect(JSON.parse(there.out)).toEqual(await json("ledger", "verify"));
  expect((await lineOn(elsewhere.url, "audit", "verify")).exitCode).toBe(0);
  const refused = await line("db", "restore", "all.gz");
  expect(refused.exitCode).toBe(1);
  expect(refused.err).toContain("holds data");
});

it("shows prices without any database", async () => {
  const options = { environment: {}, workingFolder: folder, now: NOW };
  const shown = await aispend(options, "prices", "show", "gpt-4o", "--at", "2026-03-01");
  expect(shown.out).toContain("input            $2.5 per million tokens");
  const unknown = await aispend(options, "prices", "show", "gpt-4oo");
  expect(unknown).toMatchObject({ exitCode: 1 });
  expect(unknown.err).toContain("Near names: gpt-4o");
  expect((await aispend(options, "prices", "show", "gpt-4o", "--at", "March")).exitCode).toBe(1);
});

it("examines its connections and says what to do", async () => {
  const { out, exitCode } = await line("doctor");
  expect(exitCode).toBe(0);
  expect(out).toMatch(/ok {4}database: PostgreSQL/);
  expect(out).toMatch(/warn {2}rights: the login of DATABASE_URL owns the tables/);
  expect(out).toMatch(/ok {4}organisation acme/);
});

it("ends with 3 where a dependency cannot be reached, and with 1 where it is half configured", async () => {
  const at = { workingFolder: folder, now: NOW };
  const far = { DATABASE_URL: "postgres://a:b@127.0.0.1:1/x", AISPEND_SECRET_KEY: SECRET_KEY };
  const down = await aispend({ ...at, environment: far }, "ask", "org");
  expect(down).toMatchObject({ exitCode: 3, out: "" });
  const doctor = await aispend({ ...at, environment: far }, "doctor", "--json");
  expect(doctor.exitCode).toBe(3);
  expect(JSON.parse(doctor.out)).toMatchObject({ ok: false });
  const half = { SLACK_BOT_TOKEN: "xoxb-1", TEAMS_TENANT_ID: "t" };
  const refused = await aispend({ ...at, environment: half }, "start", "--json");
  expect(refused.exitCode).toBe(1);
  expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "configuration_invalid" } });
  expect(refused.out).toMatch(/SLACK_SIGNING_SECRET.*TEAMS_APP_ID/s);
});

it("ends with 2 for wrong usage", async () => {
  for (const words of [[], ["nonsense"], ["ask"], ["import", "x", "--cost", "free"], ["claim"]]) {
    expect((await line(...words)).exitCode, words.join(" ")).toBe(2);
  }
});

it("says which release it is", async () => {
  const { out, exitCode } = await line("--version");
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it("has --help and --json on every command", async () => {
  const streams = { out: process.stdout, err: process.stderr };
  const interrupted = new AbortController().signal;
  const program = await createProgram(
    {
      ...streams,
      environment: {},
      workingFolder: folder,
      clock: () => NOW,
      interrupted,
      exitCode: 0,
    },
    [],
  );
  type Node = typeof program;
  const walk = (node: Node, path: string[]): string[][] => [
    ...(node.commands.length === 0 ? [path] : []),
    ...node.commands.flatMap((child) => walk(child, [...path, child.name()])),
  ];
  const all = walk(program, []);
  expect(all.length).toBeGreaterThan(25);
  for (const path of all) {
    const help = await line(...path, "--help");
    expect(help.exitCode, path.join(" ")).toBe(0);
    expect(help.out, path.join(" ")).toContain("--json");
  }
});
