import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { upstreamSubject } from "#core/enforcement/upstreams.ts";
import { createSecretBox } from "#core/org/secret-box.ts";
import { aispend, SECRET_KEY } from "#test/cli/command-line.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), "aispend-gateway-"));
const PROVIDER_KEY = "sk-provider-not-to-be-seen";

const FILE = `
organisation: { key: acme, name: Acme, time_zone: UTC, accountable_for_ai_cost: ada }
people:
  - { key: ada, name: Ada Byron, email: ada@acme.example }
  - { key: fin, name: Fin Okafor, email: fin@acme.example }
functions: { finance: fin, engineering: ada, governance: fin, product: fin }
teams: [{ key: payments }]
`;

const line = (...words: string[]) =>
  aispend(
    {
      environment: {
        DATABASE_URL: database.url,
        AISPEND_SECRET_KEY: SECRET_KEY,
        AISPEND_HOME: join(folder, "home"),
        OPENAI_API_KEY: PROVIDER_KEY,
      },
      workingFolder: folder,
      now: new Date("2026-11-22T14:30:00Z"),
    },
    ...words,
  );

beforeAll(async () => {
  writeFileSync(join(folder, "aispend.yaml"), FILE);
  expect((await line("apply", "aispend.yaml")).exitCode).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("connects a provider with its key sealed, lists it without, and disconnects it", async () => {
  expect((await line("gateway")).out).toContain("No provider is connected");
  const added = await line("gateway", "add", "openai", "--key-variable", "OPENAI_API_KEY");
  expect([added.exitCode, added.out]).toEqual([
    0,
    expect.stringContaining("https://api.openai.com"),
  ]);
  const listed = await line("gateway", "list", "--json");
  expect(listed.out).toContain('"name": "openai"');
  const { rows } = await database.owner.query(
    "select org_id, sealed_secret from gateway_upstream where name = 'openai'",
  );
  const sealed = String(rows[0]?.sealed_secret);
  const subject = upstreamSubject(Number(rows[0]?.org_id), "openai");
  expect(createSecretBox(SECRET_KEY).open(sealed, subject)).toBe(PROVIDER_KEY);
  const audit = await line("audit", "export");
  expect(audit.out).toContain("gateway_upstream.set");
  for (const { out, err } of [added, listed, audit]) expect(out + err).not.toContain(PROVIDER_KEY);
  expect((await line("gateway", "remove", "openai")).exitCode).toBe(0);
  expect((await line("gateway", "remove", "openai")).err).toContain("no provider 'openai'");
});

it("refuses a provider without its key, and a base URL where no provider can be", async () => {
  const keyless = await line("gateway", "add", "anthropic");
  expect([keyless.exitCode, keyless.err]).toEqual([1, expect.stringContaining("--key-variable")]);
  const inside = await line("gateway", "add", "groq", "--base-url", "https://10.0.0.1/v1");
  expect([inside.exitCode, inside.err]).toEqual([1, expect.stringContaining("private network")]);
  const odd = await line("gateway", "add", "openai", "--on-abort", "wait");
  expect([odd.exitCode, odd.err]).toEqual([1, expect.stringContaining("cancel or drain")]);
});

it("shows what is counted of caps, and settles what is unconfirmed", async () => {
  expect((await line("gateway", "caps")).out).toContain("No gateway has counted");
  const { rows } = await database.owner.query(
    `insert into cap_counter (org_id, subject_kind, subject_id, period, period_start, settled,
       unconfirmed, would_refuse)
     select id, 'scope', 0, 'month', '2026-11-01', 1500000000, 500000000, 212 from organization
     returning id, org_id`,
  );
  const [{ id, org_id: orgId }] = rows;
  await database.owner.query(
    `insert into cap_lease (org_id, counter_id, replica, granted, expires_at, lost_at)
     values ($1, $2, 'gone', 500000000, now(), now())`,
    [orgId, id],
  );
  expect((await line("gateway", "caps")).out).toContain(
    "month from 2026-11-01: $1.50 settled, $0 held, $0.5000 unconfirmed, " +
      "would have refused 212 calls",
  );
  const wrong = await line("gateway", "confirm", String(id), "--spent=-1", "--reason", "x");
  expect(wrong.exitCode).toBe(1);
  const words = ["gateway", "confirm", String(id), "--spent", "0.2", "--reason", "usage report"];
  expect((await line(...words)).out).toContain("$0.2000 is settled and $0.3000 is free again");
  expect((await line("gateway", "caps")).out).toContain("$1.70 settled, $0 held, would");
  expect((await line("audit", "export")).out).toContain("cap.confirmed");
});
