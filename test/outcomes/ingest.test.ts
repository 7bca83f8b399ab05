import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aispend, SECRET_KEY } from "#test/cli/command-line.ts";
import { useDatabase } from "#test/database/clone.ts";
import {
  type IngestServer,
  makeToken,
  NOW,
  post,
  startIngest,
} from "#test/ingest/ingest-server.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";

const database = useDatabase();
const LIMITS = { bytes: 20_000, inflatedBytes: 100_000, events: 20, guessesPerMinute: 1000 };
const folder = mkdtempSync(join(tmpdir(), "aispend-outcomes-"));
let server: IngestServer;
let url = "";
let orgId = 0;
let otherId = 0;
let token = "";
let bound = "";

beforeAll(async () => {
  server = await startIngest(database, LIMITS);
  url = `${server.url}/v1/outcomes`;
  orgId = await makeOrganization(database.owner, "acme");
  otherId = await makeOrganization(database.owner, "other");
  const ids = await makeScopes(database.owner, orgId, ["payments/disputes", "search/ranking"]);
  token = await makeToken(database, orgId);
  bound = await makeToken(database, orgId, [ids.get("payments") ?? -1]);
  const usage = (team: string, workflow: string) =>
    post(`${server.url}/v1/usage`, token, {
      externalId: workflow,
      occurredAt: "2026-11-22T09:30:00Z",
      provider: "openai",
      model: "gpt-4o",
      tokens: { input: 1000, output: 100 },
      tags: { team, workflow },
    });
  await usage("payments", "refunds");
  await usage("search", "indexing");
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

let next = 0;
function event(over: Record<string, unknown> = {}) {
  next += 1;
  return {
    externalId: `o${next}`,
    occurredAt: "2026-11-22T09:30:00Z",
    workflow: "refunds",
    success: true,
    ...over,
  };
}

async function sums(id = orgId) {
  const { rows } = await database.pool.query<Record<string, bigint>>(
    `select coalesce(sum(successes), 0)::bigint as successes,
       coalesce(sum(failures), 0)::bigint as failures, coalesce(sum(value), 0)::bigint as value,
       (select count(*) from outcome_event where org_id = $1) as events
     from outcome_day where org_id = $1`,
    [id],
  );
  return rows[0];
}

describe("POST /v1/outcomes", () => {
  it("takes an object, an array, an envelope and lines with gzip, and counts each once", async () => {
    const before = await sums();
    const events = [event({ value: "4.50" }), event({ success: false }), event({ revenue: 0.99 })];
    const lines = events.map((one) => JSON.stringify(one)).join("\n");
    const ndjson = { "Content-Type": "application/x-ndjson" };
    const deliveries = [
      await post(url, token, events[0]),
      await post(url, token, events),
      await post(url, token, { events }),
      await post(url, token, gzipSync(lines), { ...ndjson, "Content-Encoding": "gzip" }),
    ];
    expect(deliveries.map(({ status, json }) => [status, json.appended, json.duplicates])).toEqual([
      [200, 1, 0],
      [200, 2, 1],
      [200, 0, 3],
      [200, 0, 3],
    ]);
    const after = await sums();
    expect(Number(after?.events) - Number(before?.events)).toBe(3);
    expect(after).toMatchObject({ successes: 2n, failures: 1n, value: 4_500_000_000n });
    expect(await sums(otherId)).toMatchObject({ events: 0n, successes: 0n });
  });

  it("returns what is wrong by its index, and the good ones are stored", async () => {
    const known = event();
    await post(url, token, known);
    const twice = event();
    const { status, json } = await post(url, token, [
      event(),
      event({ success: "yes" }),
      { ...known, success: false },
      event({ value: -1 }),
      event({ prompt: "secret words" }),
      event({ occurredAt: "2027-11-22T09:30:00Z" }),
      event({ occurredAt: "2024-11-22T09:30:00Z" }),
      event({ source: "import:x.csv" }),
      twice,
      { ...twice, success: false },
    ]);
    expect(status).toBe(207);
    expect(json).toMatchObject({ received: 10, appended: 2, conflicts: 2, refused: 6 });
    expect(json.problems).toEqual([
      { index: 1, state: "refused", field: "success", reason: expect.stringMatching(/true or/) },
      { index: 2, state: "conflict", reason: expect.stringContaining("another content") },
      { index: 3, state: "refused", reason: expect.stringMatching(/^value is no amount/) },
      {
        index: 4,
        state: "refused",
        field: "prompt",
        reason: expect.stringContaining("no prompts"),
      },
      { index: 5, state: "refused", reason: expect.stringContaining("in the future") },
      { index: 6, state: "refused", reason: expect.stringContaining("oldest day kept") },
      {
        index: 7,
        state: "refused",
        field: "source",
        reason: expect.stringContaining("another way"),
      },
      { index: 9, state: "conflict", reason: expect.stringContaining("another content") },
    ]);
    expect(server.logged()).not.toContain("secret words");
  });

  it("answers a single bad event with the status that fits", async () => {
    const known = event();
    await post(url, token, known);
    expect((await post(url, token, { ...known, success: false })).status).toBe(409);
    expect((await post(url, token, event({ workflow: "" }))).status).toBe(422);
    expect((await post(url, undefined, event())).status).toBe(401);
    expect((await post(url, token, "{")).status).toBe(400);
    expect((await post(url, token, event(), { "Content-Type": "text/csv" })).status).toBe(415);
    expect((await post(url, token, new Array(21).fill(event()))).status).toBe(413);
    expect((await post(url, bound, event({ workflow: "indexing" }))).status).toBe(403);
    expect((await post(url, bound, event({ workflow: "unheard of" }))).status).toBe(403);
    expect((await post(url, bound, event())).status).toBe(200);
  });

  it("counts the same events once however many send them at the same time", async () => {
    const before = await sums();
    const events = Array.from({ length: 15 }, () => event());
    await Promise.all(Array.from({ length: 6 }, () => post(url, token, events)));
    const after = await sums();
    expect(Number(after?.successes) - Number(before?.successes)).toBe(15);
    expect(Number(after?.events) - Number(before?.events)).toBe(15);
  });
});

it("keeps the sums of each day equal to its events", async () => {
  const { rows } = await database.pool.query(
    `select count(*)::int as wrong from (
       select org_id, local_day, workflow_id, product_id, count(*) filter (where success) as s,
         count(*) filter (where not success) as f, coalesce(sum(value), 0) as v,
         coalesce(sum(revenue), 0) as r, count(eval_score) as scored
       from outcome_event group by 1, 2, 3, 4) e
     full join outcome_day d using (org_id, local_day, workflow_id, product_id)
     where (e.s, e.f, e.v, e.r, e.scored)
       is distinct from (d.successes, d.failures, d.value, d.revenue, d.scored)`,
  );
  expect(rows).toEqual([{ wrong: 0 }]);
});

describe("aispend outcomes import", () => {
  const run = (...words: string[]) =>
    aispend(
      {
        environment: {
          DATABASE_URL: database.url,
          AISPEND_SECRET_KEY: SECRET_KEY,
          AISPEND_HOME: join(folder, "home"),
        },
        workingFolder: folder,
        now: NOW,
      },
      "outcomes",
      "import",
      ...words,
      "--org",
      "other",
    );

  it("takes CSV by its column names, says what it did, and a rerun adds nothing", async () => {
    const csv = `ID;Time;Workflow;Success;Customer;Eval score;Note
t-1;2026-11-20 10:00;refunds;yes;globex;0.9;x
t-2;2026-11-20T11:00:00Z;refunds;no;;;y
t-3;2026-11-21T11:00:00Z;refunds;perhaps;;;z
`;
    writeFileSync(join(folder, "outcomes.csv"), csv);
    const { out, exitCode } = await run("outcomes.csv");
    expect(exitCode).toBe(1);
    expect(out).toContain("Imported outcomes.csv: 3 rows, 2 recorded, 1 refused.");
    expect(out).toContain("Not used: Note.");
    expect(out).toContain("line 4: refused, success is 'perhaps': it must be true or false");
    expect((await run("outcomes.csv")).out).toContain("2 there before");
    expect(await sums(otherId)).toMatchObject({ events: 2n, successes: 1n, failures: 1n });
  });

  it("takes JSONL in gzip, and knows rows without an id again by their content", async () => {
    const row = { occurred_at: "2026-11-19T10:00:00Z", workflow: "refunds", success: true };
    const lines = [row, row, { ...row, success: false }].map((one) => JSON.stringify(one));
    writeFileSync(join(folder, "more.jsonl.gz"), gzipSync(lines.join("\n")));
    const first = await run("more.jsonl.gz");
    expect(first.err).toBe("");
    expect(first.out).toContain("3 rows, 3 recorded");
    expect((await run("more.jsonl.gz")).out).toContain("3 there before");
    expect((await run("missing.csv")).exitCode).toBe(1);
  });
});
