import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spendTotal } from "#core/ledger/spend.ts";
import { listIngestTokens, revokeIngestToken } from "#core/org/ingest-token.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";
import { type IngestServer, makeToken, NOW, post, startIngest } from "./ingest-server.ts";

const database = useDatabase();
const NOVEMBER = { start: "2026-11-01" as Day, end: "2026-12-01" as Day };
const LIMITS = { bytes: 20_000, inflatedBytes: 200_000, events: 50, guessesPerMinute: 1000 };
let server: IngestServer;
let orgId = 0;
let otherId = 0;
let token = "";
let usage = "";
let ids = new Map<string, number>();

beforeAll(async () => {
  server = await startIngest(database, LIMITS);
  usage = `${server.url}/v1/usage`;
  const paths = ["payments/disputes/triage", "search/ranking"];
  orgId = await makeOrganization(database.owner, "acme");
  otherId = await makeOrganization(database.owner, "other");
  ids = await makeScopes(database.owner, orgId, paths);
  await makeScopes(database.owner, otherId, paths);
  token = await makeToken(database, orgId);
});
afterAll(() => server.close());

let next = 0;
function event(over: Record<string, unknown> = {}) {
  next += 1;
  return {
    externalId: `e${next}`,
    occurredAt: "2026-11-22T09:30:00Z",
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1000, cacheRead: 800, output: 100 },
    tags: { team: "payments" },
    ...over,
  };
}

const requests = async (id: number, teamId?: number) => {
  const filter = teamId === undefined ? {} : { teamId };
  return Number((await spendTotal(database.pool, id, filter, NOVEMBER)).requests);
};

describe("POST /v1/usage", () => {
  it("takes an object, an array, an envelope and lines, with gzip, and counts each once", async () => {
    const before = await requests(orgId);
    const events = [event(), event(), event()];
    const lines = events.map((one) => JSON.stringify(one)).join("\n");
    const ndjson = { "Content-Type": "application/x-ndjson" };
    const gzip = { "Content-Encoding": "gzip" };
    const deliveries = [
      await post(usage, token, events[0]),
      await post(usage, token, events),
      await post(usage, token, { events }),
      await post(usage, token, lines, ndjson),
      await post(usage, token, gzipSync(lines), { ...ndjson, ...gzip }),
    ];
    expect(deliveries.map(({ status, json }) => [status, json.appended, json.duplicates])).toEqual([
      [200, 1, 0],
      [200, 2, 1],
      [200, 0, 3],
      [200, 0, 3],
      [200, 0, 3],
    ]);
    expect(await requests(orgId)).toBe(before + 3);
    expect(await requests(otherId)).toBe(0);
  });

  it("stores the good events of a batch and says which were bad, and why", async () => {
    const first = event();
    await post(usage, token, first);
    const answer = await post(usage, token, [
      event(),
      event({ tokens: { input: -1 } }),
      { ...first, model: "gpt-4o-mini" },
      event({ occurredAt: "2020-01-01T00:00:00Z" }),
      event({ occurredAt: "2027-01-01T00:00:00Z" }),
      event({ model: "no-such-model" }),
    ]);
    expect(answer.status).toBe(207);
    expect(answer.json).toEqual({
      received: 6,
      appended: 2,
      unpriced: 1,
      duplicates: 0,
      traced: 0,
      ignored: 0,
      conflicts: 1,
      refused: 3,
      problems: [
        {
          index: 1,
          state: "refused",
          field: "tokens.input",
          reason: "tokens.input is -1: it must be at least 0",
        },
        { index: 2, state: "conflict", reason: expect.stringContaining("with another content") },
        { index: 3, state: "refused", reason: expect.stringContaining("the oldest day kept") },
        { index: 4, state: "refused", reason: expect.stringContaining("lies in the future") },
      ],
    });
  });

  it("says of what enters no total which source counts it instead", async () => {
    const mirrored = await makeOrganization(database.owner, "mirrored");
    await database.owner.query(
      `insert into usage_source (org_id, source, counts_for)
       values ($1, 'litellm', '[{"provider": "openai"}]'), ($1, 'mirror', '"nothing"')`,
      [mirrored],
    );
    const theirs = await makeToken(database, mirrored);
    const events = [
      event(),
      event({ provider: "anthropic", model: "claude-haiku-4-5" }),
      event({ provider: "anthropic", model: "claude-haiku-4-5", source: "mirror" }),
    ];
    const answer = await post(usage, theirs, events);
    expect([answer.status, answer.json]).toMatchObject([200, { appended: 1, traced: 2 }]);
    expect(answer.json.traces).toEqual([
      {
        index: 0,
        reason: "aispend.yaml says that source 'litellm' counts this traffic, not 'api'",
      },
      {
        index: 2,
        reason: "aispend.yaml lists source 'mirror' with counts_for, and this traffic is not in it",
      },
    ]);
    // Sent again when the file says otherwise, they count.
    await database.owner.query("delete from usage_source where org_id = $1", [mirrored]);
    await database.owner.query("update organization set revision = revision + 1 where id = $1", [
      mirrored,
    ]);
    const again = await post(usage, theirs, events);
    expect(again.json).toMatchObject({ appended: 2, duplicates: 1, traced: 0 });
    expect(again.json.traces).toBeUndefined();
  });

  it("answers a single bad event with the status that fits", async () => {
    const first = event();
    await post(usage, token, first);
    expect((await post(usage, token, { ...first, model: "gpt-4o-mini" })).status).toBe(409);
    expect((await post(usage, token, event({ occurredAt: undefined }))).status).toBe(422);
    const lines = `${JSON.stringify(event())}\n{"broken`;
    const answer = await post(usage, token, lines, { "Content-Type": "application/x-ndjson" });
    expect([answer.status, answer.json.appended, answer.json.problems]).toEqual([
      207,
      1,
      [{ index: 1, state: "refused", reason: "the line is not JSON" }],
    ]);
  });

  it("refuses bodies that are no events, and stores nothing of them", async () => {
    const before = await requests(orgId);
    const utf16 = Buffer.from(JSON.stringify(event()), "utf16le");
    const cases: [unknown, Record<string, string>, number][] = [
      ["{", {}, 400],
      ["", {}, 400],
      [utf16, {}, 400],
      ["{}", { "Content-Encoding": "gzip" }, 400],
      ["{}", { "Content-Encoding": "br" }, 415],
      ["{}", { "Content-Type": "text/plain" }, 415],
      ["{}", { "Content-Type": "application/x-protobuf" }, 415],
      ["7", {}, 422],
      ["[]", {}, 200],
      [Array.from({ length: 51 }, () => event()), {}, 413],
      [event({ model: "m".repeat(30_000) }), {}, 413],
    ];
    for (const [body, headers, status] of cases) {
      const answer = await post(usage, token, body, headers);
      expect(answer.status, `${JSON.stringify(body).slice(0, 40)} ${JSON.stringify(headers)}`).toBe(
        status,
      );
    }
    expect(await requests(orgId)).toBe(before);
  });

  it("stops inflating a body that grows beyond measure, and answers", async () => {
    const bomb = gzipSync(Buffer.alloc(15_000_000, 32));
    expect(bomb.length).toBeLessThan(LIMITS.bytes);
    const answer = await post(usage, token, bomb, { "Content-Encoding": "gzip" });
    expect([answer.status, answer.json.error]).toEqual([
      413,
      expect.objectContaining({ code: "body_too_large" }),
    ]);
  });

  it("forgets a body that is cut off", async () => {
    const before = await requests(orgId);
    await new Promise<void>((resolve) => {
      const body = JSON.stringify(event());
      const sent = httpRequest(usage, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${token}`,
          "Content-Type": "application/json",
          "Content-Length": body.length + 10,
        },
      });
      sent.on("error", () => resolve());
      sent.write(body);
      setTimeout(() => sent.destroy(), 50);
    });
    expect((await post(usage, token, event())).status).toBe(200);
    expect(await requests(orgId)).toBe(before + 1);
  });
});

describe("ingest tokens", () => {
  it("are asked for: missing, malformed, unknown and revoked ones open nothing", async () => {
    const revoked = await makeToken(database, orgId);
    const [id] = (await listIngestTokens(database.pool, orgId)).map((row) => row.id).slice(-1);
    expect((await post(usage, revoked, event())).status).toBe(200);
    const by = { actor: "operator", actorAccount: "cli:root", surface: "cli" } as const;
    await revokeIngestToken(database.pool, orgId, id ?? 0, by, NOW);
    for (const wrong of [undefined, "", "aispend_nothing-like-it", revoked]) {
      const answer = await post(usage, wrong, event());
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
        401,
        'Bearer realm="aispend"',
      ]);
    }
    expect((await post(usage, undefined, event(), { Authorization: "Basic abc" })).status).toBe(
      401,
    );
  });

  it("write only their own scopes, whatever an event says", async () => {
    const payments = ids.get("payments") ?? 0;
    const search = ids.get("search") ?? 0;
    const own = await makeToken(database, orgId, [payments]);
    const before = [await requests(orgId, payments), await requests(orgId, search)];
    const answer = await post(usage, own, [
      event({ tags: {} }),
      event({ tags: { agent: "triage" } }),
      event({ tags: { team: "search" } }),
      event({ tags: { project: "ranking" } }),
    ]);
    expect(answer.status).toBe(207);
    expect(answer.json).toMatchObject({
      appended: 2,
      refused: 2,
      problems: [
        { index: 2, state: "forbidden" },
        { index: 3, state: "forbidden" },
      ],
    });
    expect((await post(usage, own, event({ tags: { team: "search" } }))).status).toBe(403);
    const after = [await requests(orgId, payments), await requests(orgId, search)];
    expect(after).toEqual([(before[0] ?? 0) + 2, before[1]]);
  });

  it("have a budget of requests each, and guessing has one by address", async () => {
    const strict = await startIngest(database, { requestsPerMinute: 2, guessesPerMinute: 2 });
    try {
      const url = `${strict.url}/v1/usage`;
      const second = await makeToken(database, orgId);
      const statuses = [];
      for (const used of [token, token, token, second]) {
        statuses.push((await post(url, used, event())).status);
      }
      expect(statuses).toEqual([200, 200, 429, 200]);
      const limited = await post(url, token, event());
      expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
      const guesses = [];
      for (let guess = 0; guess < 3; guess += 1) {
        guesses.push((await post(url, `aispend_guess-${guess}`, event())).status);
      }
      expect(guesses).toEqual([401, 401, 429]);
      expect((await post(url, await makeToken(database, orgId), event())).status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});

it("takes many requests at once with one token, as LiteLLM's single format sends them", async () => {
  const busy = await startIngest(database, { guessesPerMinute: 1 });
  try {
    const url = `${busy.url}/v1/usage`;
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(url, token, event())));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  } finally {
    await busy.close();
  }
});

it("counts outcomes for the metrics, and logs counts without names or values", async () => {
  await post(usage, token, [event({ tags: { team: "payments", customer: "Wayne Ltd" } }), {}]);
  expect(await server.metrics()).toMatch(/aispend_ingest_events_total\{outcome="appended"\} \d+/);
  expect(server.logged()).toContain('"appended":1');
  expect(server.logged()).not.toContain("Wayne");
  expect(server.logged()).not.toContain(token);
});
