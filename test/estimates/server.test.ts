import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { setBudget } from "#core/budgets/service.ts";
import { makeEstimate } from "#core/estimates/estimate.ts";
import { recordRequest } from "#core/estimates/record.ts";
import { FollowUps, type RecordRequest } from "#core/estimates/record-schema.ts";
import { Repository } from "#core/estimates/repository-schema.ts";
import type { DiffReport } from "#core/estimates/schema.ts";
import { Quote } from "#core/estimates/traffic-schema.ts";
import type { UsageEventInput } from "#core/ledger/schema.ts";
import { NANO_PER_USD, parseUsd } from "#core/money.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, append, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type EstimatesServer, startEstimates } from "./estimates-server.ts";
import { type Issuer, startIssuer } from "./github-issuer.ts";

const NOW = new Date("2026-11-23T09:00:00Z");
const database = useDatabase();
let acme: Acme;
let other: Acme;
let issuer: Issuer;
let server: EstimatesServer;

const Body = z.looseObject({ error: z.object({ code: z.string() }).optional() });

interface Answer {
  readonly status: number;
  readonly json: z.infer<typeof Body>;
}

async function send(path: string, token: string | undefined, body?: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      "Content-Type": "application/json",
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, json: Body.parse(await response.json()) };
}

const ask = (subjects: object[]): object => ({ version: 1, subjects });
const quote = async (subjects: object[], claims: object = {}): Promise<Quote> => {
  const { status, json } = await send(
    "/v1/estimates/quote",
    await issuer.token({ ...claims }),
    ask(subjects),
  );
  expect(status).toBe(200);
  return Quote.parse(json);
};

async function list(of: Acme, scopes: string[], more: { native?: string; project?: string } = {}) {
  await database.owner.query(
    "insert into repository (org_id, name, native_id, project_id) values ($1, 'acme/shop', $2, $3)",
    [
      of.orgId,
      more.native ?? null,
      more.project === undefined ? null : of.scopes.get(more.project),
    ],
  );
  for (const scope of scopes) {
    await database.owner.query("insert into repository_scope values ($1, 'acme/shop', $2)", [
      of.orgId,
      of.scopes.get(scope),
    ]);
  }
}

/** Ten calls of the refund agent, the n-th with n hundred tokens; others beside it. */
function events(): UsageEventInput[] {
  const call = (id: string, input: number, more: Partial<UsageEventInput> = {}) => ({
    source: "seed",
    externalId: id,
    occurredAt: "2026-11-10T10:00:00Z",
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    tokens: { input, cacheRead: input / 2, output: 10 },
    tags: {
      team: "payments",
      project: "disputes",
      agent: "refund-agent",
      workflow: "refunds",
      person: "u1",
      customer: "globex",
    },
    ...more,
  });
  const ten = Array.from({ length: 10 }, (_, index) => call(`c${index}`, (index + 1) * 100));
  const tags = { team: "search", project: "ranker", workflow: "refunds" };
  return [
    ...ten,
    call("mini", 50, { model: "gpt-4o", provider: "openai" }),
    call("foreign", 70_000, { tags }),
    call("old", 90_000, { occurredAt: "2026-10-01T10:00:00Z" }),
    call("today", 90_000, { occurredAt: "2026-11-23T08:00:00Z" }),
  ];
}

beforeAll(async () => {
  issuer = await startIssuer(NOW);
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await list(acme, ["payments/disputes"], { native: "4711", project: "payments/disputes" });
  for (const { orgId } of [acme, other]) await append(database.pool, orgId, events());
  const slot = { kind: "budget", period: "month", unit: "usd" } as const;
  const subject = { kind: "scope", id: acme.scopes.get("payments") ?? -1 } as const;
  await setBudget(database.pool, {
    orgId: acme.orgId,
    slot: { ...slot, subject },
    amount: 12_000n * NANO_PER_USD,
    reason: "a test",
    seen: undefined,
    by: { personId: personId(acme, "fin") },
    now: NOW,
  });
  server = await startEstimates(database, issuer, NOW);
});

afterAll(async () => {
  await server.close();
  await issuer.close();
});

describe("a quote", () => {
  it("is the traffic of the last 30 days, by model, with calls that were really made", async () => {
    const { subjects, terms } = await quote([{ workflow: "refunds" }]);
    expect(subjects[0]?.profiles).toEqual([
      {
        source: "measured",
        label: "workflow refunds",
        from: "2026-10-24",
        until: "2026-11-22",
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        calls: 10,
        median: { input: 500, cacheRead: 250, cacheWrite5m: 0, output: 10, reasoning: 0 },
        p90: { input: 900, cacheRead: 450, cacheWrite5m: 0, output: 10, reasoning: 0 },
        total: { input: 5_500, cacheRead: 2_750, cacheWrite5m: 0, output: 100, reasoning: 0 },
        distribution: "calls",
      },
      expect.objectContaining({ model: "gpt-4o", calls: 1 }),
    ]);
    expect(terms.prices).toHaveLength(3);
  });

  it("has the budgets above its scopes, with who is accountable, and the project's profile", async () => {
    const { budgets, subjects, project } = await quote([
      { scope: "payments/disputes/refund-agent" },
    ]);
    expect(budgets).toEqual([
      expect.objectContaining({
        label: "team payments",
        limit: "12000",
        start: "2026-11-01",
        accountable: { name: "Fin Okafor", github: null },
      }),
    ]);
    expect(subjects[0]).toMatchObject({ budgets: [0] });
    expect(project).toMatchObject({ subject: { scope: "payments/disputes" }, budgets: [0] });
  });

  it("holds no person, no customer, and nothing of another scope or organisation", async () => {
    const answer = await quote([
      { workflow: "refunds" },
      { scope: "search/ranker" },
      { scope: "payments" },
      { scope: "payments/nowhere" },
    ]);
    expect(answer.subjects).toHaveLength(1);
    // What is another's and what does not exist look alike.
    expect(answer.refused.map(({ reason }) => reason)).toEqual(
      ["search/ranker", "payments", "payments/nowhere"].map(
        (scope) => `${scope} is not among the scopes of this repository`,
      ),
    );
    const text = JSON.stringify(answer);
    for (const secret of ["u1", "globex", "70000", "70_000", "User One"]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe("who may ask", () => {
  const refusal = async (token: string | undefined): Promise<[number, string | undefined]> => {
    const { status, json } = await send("/v1/estimates/quote", token, ask([]));
    return [status, json.error?.code];
  };

  it("is nobody without a token that GitHub signed for this server, just now", async () => {
    const bad: [string, string | undefined][] = [
      ["no token", undefined],
      ["another audience", await issuer.token({ aud: "https://elsewhere.example" })],
      ["another issuer", await issuer.token({ iss: "https://evil.example" })],
      ["another key", await issuer.token({}, { foreignKey: true })],
      ["expired", await issuer.token({}, { age: 400 })],
      ["not yet", await issuer.token({}, { age: -300 })],
      ["living for a day", await issuer.token({}, { age: 3_600, lifetime: 86_400 })],
      ["without a jti", await issuer.token({ jti: undefined })],
      ["of no workflow", await issuer.token({ repository: undefined })],
      ["words", "x".repeat(40)],
    ];
    for (const [name, token] of bad) {
      expect([name, ...(await refusal(token))]).toEqual([name, 401, expect.any(String)]);
    }
  });

  it("is nobody with a token that was tampered with, or that says it needs no signature", async () => {
    const [header = "", payload = "", signature = ""] = (await issuer.token()).split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const other = encode({ ...claims, repository: "acme/other" });
    expect(await refusal(`${header}.${other}.${signature}`)).toEqual([401, "token_invalid"]);
    for (const alg of ["none", "HS256"]) {
      const free = `${encode({ alg, typ: "JWT" })}.${payload}.`;
      expect(await refusal(`${free}${alg === "none" ? "" : signature}`)).toEqual([
        401,
        "token_invalid",
      ]);
    }
  });

  it("bears with a clock that is a little off", async () => {
    expect((await refusal(await issuer.token({}, { age: 330, lifetime: 300 })))[0]).toBe(200);
    expect((await refusal(await issuer.token({}, { age: -30 })))[0]).toBe(200);
  });

  it("is no repository that the organisation does not list, a fork and a taken name included", async () => {
    const foreign = [
      { repository: "acme/other" },
      { repository: "mallory/shop" },
      { repository: "acme/shop", repository_id: "9999" },
    ];
    for (const claims of foreign) {
      expect(await refusal(await issuer.token(claims))).toEqual([403, "repository_not_listed"]);
    }
    expect((await refusal(await issuer.token({ repository: "Acme/Shop" })))[0]).toBe(200);
  });

  it("is told which organisation, where two list the repository", async () => {
    await list(other, ["search"]);
    expect(await refusal(await issuer.token())).toEqual([422, "organisation_unclear"]);
    const body = { ...ask([{ workflow: "refunds" }]), organisation: "other" };
    const answer = await send("/v1/estimates/quote", await issuer.token(), body);
    expect(answer).toMatchObject({ status: 200, json: { budgets: [], project: null } });
    await database.owner.query("delete from repository where org_id = $1", [other.orgId]);
  });

  it("asks for the issuer's keys once, and says when they cannot be had", async () => {
    expect(issuer.asked()).toBe(1);
    const gone = await startEstimates(
      database,
      { url: issuer.url, keysUrl: "http://127.0.0.1:9/keys" },
      NOW,
    );
    const response = await fetch(`${gone.url}/v1/estimates/follow-ups`, {
      headers: { Authorization: `Bearer ${await issuer.token()}` },
    });
    expect(response.status).toBe(503);
    await gone.close();
  });
});

const SHA = "a".repeat(40);
const estimate = (more: Partial<RecordRequest> = {}): RecordRequest => ({
  version: 1,
  pullRequest: 812,
  baseSha: "b".repeat(40),
  headSha: SHA,
  mergedAt: "2026-11-23T08:00:00Z",
  effects: [
    {
      subject: { workflow: "refunds" },
      source: "measured",
      kinds: ["prompt"],
      roles: [],
      callsPerMonth: 10,
      before: "0.02",
      difference: "1240",
    },
  ],
  verdict: "failed",
  override: { by: "fin", how: "label and review" },
  ...more,
});

describe("recording an estimate", () => {
  const put = async (body: unknown, claims: object = {}) =>
    send("/v1/estimates", await issuer.token({ ...claims }), body);
  const count = async (): Promise<number> =>
    (await database.owner.query("select 1 from estimate")).rows.length;

  it("is done once for a commit of a pull request, and a repetition changes nothing", async () => {
    expect(await put(estimate())).toMatchObject({ status: 201, json: { state: "recorded" } });
    expect(await put(estimate())).toMatchObject({ status: 200, json: { state: "duplicate" } });
    expect(await put(estimate({ verdict: "passed" }))).toMatchObject({
      status: 409,
      json: { error: { code: "estimate_conflict" } },
    });
    expect(await count()).toBe(1);
    const { rows } = await database.owner.query(
      "select after from audit_entry where action = 'estimate.recorded'",
    );
    expect(rows).toHaveLength(1);
  });

  it("takes a token for one estimate only", async () => {
    const token = await issuer.token();
    const first = await send("/v1/estimates", token, estimate({ headSha: "c".repeat(40) }));
    const second = await send("/v1/estimates", token, estimate({ headSha: "d".repeat(40) }));
    expect(first.status).toBe(201);
    expect(second).toMatchObject({ status: 409, json: { error: { code: "token_used" } } });
  });

  it("is of the token's own pull request and of the repository's own scopes", async () => {
    const before = await count();
    expect(await put(estimate({ pullRequest: 813 }))).toMatchObject({
      status: 403,
      json: { error: { code: "pull_request_foreign" } },
    });
    const [effect] = estimate().effects;
    if (effect === undefined) throw new Error("there is an effect");
    const foreign = { ...effect, subject: { scope: "search" } };
    expect(await put(estimate({ effects: [foreign] }))).toMatchObject({ status: 403 });
    expect(await count()).toBe(before);
  });

  it("refuses what is no estimate, is too large, or comes from another year", async () => {
    for (const body of [
      { ...estimate(), headSha: "HEAD" },
      { ...estimate(), prompt: "secret" },
      { ...estimate(), pullRequest: 0 },
      estimate({ mergedAt: "2026-01-01T00:00:00Z" }),
    ]) {
      expect((await put(body)).status).toBe(422);
    }
    expect((await put("{")).status).toBe(400);
    expect((await put(`"${"x".repeat(300_000)}"`)).status).toBe(413);
    expect(server.logged()).not.toContain("secret");
  });

  it("answers what became of it, and that there is nothing yet", async () => {
    const { status, json } = await send("/v1/estimates/follow-ups", await issuer.token());
    expect(status).toBe(200);
    expect(FollowUps.parse(json)).toEqual({ version: 1, followUps: [], calibration: null });
  });
});

it("prices a change on its answer, and keeps what was said of it", async () => {
  const answer = await quote([{ workflow: "refunds" }]);
  const change: DiffReport["changes"][number] = {
    path: "prompts/refund.md",
    line: 1,
    kind: "prompt",
    status: "changed",
    from: "1000 tokens",
    to: "2000 tokens",
    role: "prompt",
    where: "prompt file",
    confidence: "sure",
    why: "the file is a prompt",
    tokens: { from: 1_000, to: 2_000, countedBy: "o200k_base", error: 0, unknownParts: 0 },
    uses: [],
  };
  const totals = {
    ...{ files: 1, filesRead: 1, filesSkipped: 0, changes: 1, models: 0, prompts: 1, params: 0 },
    ...{ unpriced: 0, promptTokens: 1_000 },
  };
  const [base, head] = ["1".repeat(40), "2".repeat(40)];
  const report = makeEstimate({
    book: buildPriceBook(loadCatalogue()),
    at: NOW,
    diff: { version: 1, base, head, changes: [change], skipped: [], totals },
    sources: {
      repository: Repository.parse({ paths: [{ path: "prompts/**", workflow: "refunds" }] }),
      quote: answer,
      snapshot: undefined,
      today: parseDay("2026-11-23"),
    },
    visibility: "private",
  });
  // Ten calls at the organisation's own $3 and $0.30, cached by half, and one of gpt-4o at $2.50.
  expect(report.month).toMatchObject({ state: "known", calls: 11, sources: ["measured"] });
  expect(report.budgets).toEqual([
    expect.objectContaining({ label: "team payments", accountable: expect.anything() }),
  ]);
  const merged = { pullRequest: 812, baseSha: base, headSha: head, mergedAt: NOW };
  const sent = await send("/v1/estimates", await issuer.token(), recordRequest(report, merged));
  expect(sent).toMatchObject({ status: 201, json: { state: "recorded" } });
  const { rows } = await database.owner.query<{ predicted: bigint }>(
    "select predicted::text from estimate where head_sha = $1",
    [head],
  );
  const difference = report.month.state === "known" ? report.month.difference : "none";
  expect(rows).toEqual([{ predicted: parseUsd(difference).toString() }]);
});

describe("the full figures of a public pull request", () => {
  const tell = async (more: object = {}, claims: object = {}) => {
    const { pullRequest, headSha, effects, verdict } = estimate();
    const body = { version: 1, pullRequest, headSha, effects, verdict, ...more };
    return send("/v1/estimates/notice", await issuer.token({ ...claims }), body);
  };

  it("go to nobody where there is neither a channel nor an owner with an account", async () => {
    expect(await tell()).toMatchObject({ status: 202, json: { state: "nobody" } });
  });

  it("go to the scope's channel, once a commit, later ones into the same message", async () => {
    await database.owner.query(
      `insert into scope_channel (org_id, scope_id, surface, destination)
       values ($1, $2, 'slack', 'T1/C1')`,
      [acme.orgId, acme.scopes.get("payments")],
    );
    expect(await tell()).toMatchObject({ json: { state: "told" } });
    expect(await tell()).toMatchObject({ json: { state: "duplicate" } });
    expect(await tell({ headSha: "e".repeat(40) })).toMatchObject({ json: { state: "told" } });
    const { rows } = await database.owner.query<{ destination: string; body: unknown }>(
      "select destination, thread_key, body from outbox where kind = 'pull_request' order by id",
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      destination: "T1/C1",
      thread_key: "estimate:acme/shop:812",
      body: {
        command: "project payments/disputes",
        title: "acme/shop #812",
        sentence: expect.stringMatching(
          /^acme\/shop #812: about \+\$1,240 a month .*policy fails$/,
        ),
        facts: expect.arrayContaining([
          { label: "workflow refunds", value: "$0.0200 > $1,240 a month, 10 measured calls" },
        ]),
        audience: { kind: "room" },
      },
    });
  });

  it("are told of the repository's own scopes and the token's own pull request alone", async () => {
    expect((await tell({ pullRequest: 9 })).status).toBe(403);
    const [effect] = estimate().effects;
    const foreign = { ...effect, subject: { scope: "search" } };
    expect((await tell({ effects: [foreign] })).status).toBe(403);
    expect((await tell({ text: "anything" })).status).toBe(422);
  });
});

it("limits how often one repository may ask", async () => {
  const tight = await startEstimates(database, issuer, NOW, { perRepository: 2 });
  const statuses: number[] = [];
  for (let index = 0; index < 3; index += 1) {
    const response = await fetch(`${tight.url}/v1/estimates/follow-ups`, {
      headers: { Authorization: `Bearer ${await issuer.token()}` },
    });
    statuses.push(response.status);
  }
  expect(statuses).toEqual([200, 200, 429]);
  await tight.close();
});
