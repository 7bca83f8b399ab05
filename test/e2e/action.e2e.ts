import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GitHubFixture, startGitHub } from "#test/action/github-fixture.ts";
import { runBundle } from "#test/action/run-bundle.ts";

const BASE = { "app/answer.py": 'MODEL = "gpt-4o-mini"\n', "app/bytes.py": "x = 1\n" };
const HEAD = { ...BASE, "app/answer.py": 'MODEL = "gpt-4o"\n' };

let github: GitHubFixture;
/** The aispend server and GitHub's issuer of tokens, as far as the Action speaks with them. */
const asked: { path: string; authorization: string | undefined; body: unknown }[] = [];
let answers: Record<string, unknown> = {};
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const path = `${request.method} ${request.url}`;
  asked.push({
    path,
    authorization: request.headers.authorization,
    body: text && JSON.parse(text),
  });
  const answer = Object.entries(answers).find(([key]) => path.startsWith(key))?.[1];
  response.statusCode = answer === undefined ? 404 : 200;
  response.end(JSON.stringify(answer ?? {}));
});
let url = "";

beforeAll(async () => {
  github = await startGitHub({ base: BASE, head: HEAD });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await github.close();
  await new Promise((resolve) => server.close(resolve));
});

const writes = (): string[] =>
  github.server.calls.filter((call) => /^(?:POST|PATCH).*comments/.test(call));

it("posts once, leaves what is equal, gives way to a later run, and says when costs vanish", async () => {
  await runBundle(github, { runId: 100 });
  expect(writes()).toHaveLength(1);
  await runBundle(github, { runId: 101 });
  expect(writes()).toHaveLength(1);
  github.setHead({ ...HEAD, "app/answer.py": 'MODEL = "gpt-4.1"\n' });
  expect((await runBundle(github, { runId: 99 })).log).toContain("A later run has written");
  expect(writes()).toHaveLength(1);
  await runBundle(github, { runId: 102 });
  expect(writes()).toHaveLength(2);
  github.setHead(BASE);
  await runBundle(github, { runId: 103 });
  const [comment] = await github.comments();
  expect(comment?.body).toContain("no change of cost any more");
  github.setHead(HEAD);
  await runBundle(github, { runId: 104, inputs: { key: "second" } });
  expect(await github.comments()).toHaveLength(2);
});

it("reads over REST where GraphQL does not answer", async () => {
  github.server.refuse = (call) => (call === "POST /graphql" ? 502 : undefined);
  const { exitCode, outputs } = await runBundle(github, { runId: 200 });
  github.server.refuse = () => undefined;
  expect({ exitCode, changes: outputs.changes }).toEqual({ exitCode: 0, changes: "1" });
});

it("keeps the report in the summary where it may not comment, and ends with 2 where it cannot run", async () => {
  github.server.refuse = (call) => (/^(?:POST|PATCH).*comments/.test(call) ? 403 : undefined);
  github.setHead({ ...HEAD, "app/answer.py": 'MODEL = "o3"\n' });
  const refused = await runBundle(github, { runId: 300 });
  expect(refused.exitCode).toBe(0);
  expect(refused.log).toContain("pull-requests: write");
  expect(refused.summary).toContain("### aispend:");
  github.server.refuse = (call) => (/\/files/.test(call) ? 500 : undefined);
  const broken = await runBundle(github, { runId: 301 });
  expect(broken).toMatchObject({ exitCode: 2, outputs: {} });
  expect(broken.log).toMatch(/::error::aispend could not run: GitHub answered 500/);
  github.server.refuse = () => undefined;
  const wrong = await runBundle(github, { inputs: { "min-percent": "many", mode: "guess" } });
  expect(wrong.exitCode).toBe(2);
  expect(wrong.log).toMatch(/mode 'guess'.*min-percent 'many'/);
  const pushed = await runBundle(github, { eventName: "push", event: {} });
  expect(pushed.log).toContain("the event 'push' is of no pull request");
});

const OIDC = (): Record<string, string> => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?x=1`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "runner",
});
const profile = {
  source: "measured",
  label: "project payments/disputes",
  from: "2026-10-24",
  until: "2026-11-22",
  provider: "openai",
  model: "gpt-4o-mini",
  calls: 221_000,
  median: { input: 1_500, output: 300 },
  p90: { input: 4_000, output: 900 },
  total: { input: 331_500_000, output: 66_300_000 },
};
const quote = {
  version: 1,
  asOf: "2026-11-23T09:00:00Z",
  subjects: [],
  project: { subject: { scope: "payments/disputes" }, profiles: [profile], budgets: [] },
  refused: [],
  budgets: [],
  terms: { prices: [], discounts: [], uplifts: [] },
  calibration: { within: 9, of: 11, percent: 15 },
};

it("asks the server with GitHub's token, keeps a merged estimate there, and looks back at it", async () => {
  github.setHead(HEAD);
  answers = {
    "GET /token": { value: "oidc-token" },
    "POST /v1/estimates/quote": quote,
    "POST /v1/estimates": {},
  };
  const inputs = { "server-url": url, key: "server" };
  const estimated = await runBundle(github, { runId: 400, inputs, environment: OIDC() });
  expect(estimated.log).not.toContain("No measured traffic");
  expect(estimated.summary).toContain("221,000 measured calls");
  expect(estimated.summary).toContain("Here before: 9 of 11 predictions within 15%");
  expect(asked[0]?.path).toContain(`audience=${encodeURIComponent(url)}`);
  expect(asked[1]).toMatchObject({
    path: "POST /v1/estimates/quote",
    authorization: "Bearer oidc-token",
  });
  expect(estimated.log).toContain("::add-mask::oidc-token");

  const event = await github.event({ action: "closed" });
  const merged = {
    ...event,
    pull_request: { ...(event.pull_request as object), merged_at: "2026-11-23T10:00:00Z" },
  };
  const before = writes().length;
  await runBundle(github, { runId: 401, inputs, event: merged, environment: OIDC() });
  expect(writes()).toHaveLength(before);
  const record = asked.findLast(({ path }) => path === "POST /v1/estimates");
  expect(record?.body).toMatchObject({
    pullRequest: github.number,
    mergedAt: "2026-11-23T10:00:00.000Z",
    effects: [
      { subject: { scope: "payments/disputes" }, kinds: ["model"], callsPerMonth: 221_000 },
    ],
  });
  expect(JSON.stringify(record?.body)).not.toMatch(/answer\.py|gpt/);

  const followUp = {
    pullRequest: github.number,
    headSha: "a".repeat(40),
    days: 7,
    measuredAt: new Date().toISOString(),
    state: "measured",
    reason: null,
    predicted: "1402",
    measured: "1310",
    rightPercent: 93,
    offByTwo: true,
    volumeChange: "0",
    otherChange: "0",
    callsBefore: 1,
    callsAfter: 1,
    overlaps: 0,
    text: "predicted +$1,402 a month; at measured volume +$1,310, 93% right",
    publicText: "93% right",
  };
  answers = {
    "GET /token": { value: "t" },
    "GET /v1/estimates/follow-ups": { version: 1, followUps: [followUp], calibration: null },
  };
  const again = {
    inputs: { ...inputs, mode: "follow-up" },
    eventName: "schedule",
    event: {},
    environment: OIDC(),
  };
  await runBundle(github, again);
  const said = (await github.comments()).filter(({ body }) => /93% right/.test(body));
  expect(said.map(({ body }) => body.slice(0, 40))).toEqual([
    "<!-- aispend:estimate key=server run=400",
    "<!-- aispend:off key=server days=7 -->\n#",
  ]);
  const edits = writes().length;
  await runBundle(github, again);
  expect(writes()).toHaveLength(edits);
});

it("passes once chat approved this commit, for the organisation that the base's file names", async () => {
  const policy = [
    "repository:",
    "  organisation: acme",
    "  project: payments/disputes",
    "  policy:",
    "    - { rule: month_increase, above: 500, action: fail }",
    "",
  ].join("\n");
  const base = { ...BASE, "aispend.yaml": policy };
  const shop = await startGitHub({ base, head: { ...HEAD, "aispend.yaml": policy } });
  const chat = { version: 1, state: "pending", by: null, reason: null };
  const known = { "GET /token": { value: "t" }, "POST /v1/estimates/quote": quote };
  const run = { inputs: { "server-url": url }, environment: OIDC() };
  answers = { ...known, "POST /v1/estimates/approval": chat };
  expect(await runBundle(shop, { ...run, runId: 1 })).toMatchObject({ exitCode: 1 });
  expect((await shop.comments())[0]?.body).toContain("an approval in chat, where it was asked for");
  const request = asked.findLast(({ path }) => path === "POST /v1/estimates/approval");
  expect(request?.body).toMatchObject({
    organisation: "acme",
    pullRequest: shop.number,
    rules: ["month_increase"],
    ask: true,
    effects: [{ difference: expect.stringMatching(/^1402/) }],
  });
  expect(JSON.stringify(request?.body)).not.toMatch(/answer\.py|gpt/);
  const approved = { ...chat, state: "approved", by: "Fin Okafor", reason: "launch week" };
  answers = { ...known, "POST /v1/estimates/approval": approved };
  const passed = await runBundle(shop, { ...run, runId: 2 });
  expect(passed).toMatchObject({ exitCode: 0, outputs: { verdict: "overridden" } });
  const [comment] = await shop.comments();
  expect(comment?.body).toContain("Approved by Fin Okafor in chat, launch week");
  await shop.close();

  const open = await startGitHub({ base, head: HEAD, visibility: "public" });
  const shown = await runBundle(open, { ...run, runId: 3 });
  const said = JSON.stringify([shown.summary, shown.log, shown.outputs, await open.comments()]);
  expect(said).toContain("Approved in chat");
  expect(said).not.toMatch(/Okafor|launch week/);
  await open.close();
});

it("goes on without measured traffic where the server does not answer, and says so", async () => {
  answers = {};
  const inputs = { "server-url": url, key: "unanswered" };
  const { exitCode, summary, log } = await runBundle(github, {
    runId: 500,
    inputs,
    environment: OIDC(),
  });
  expect(exitCode).toBe(0);
  expect(summary).toContain("The aispend server did not answer");
  expect(log).toContain("::warning::No measured traffic");
});

it("holds a job to its cap on loopback, with a key of its own, and says what was spent", async () => {
  const told: unknown[] = [];
  const provider = createServer(async (request, response) => {
    for await (const _ of request);
    told.push(request.headers.authorization);
    response.setHeader("content-type", "application/json");
    const usage = { prompt_tokens: 10, completion_tokens: 1_000, total_tokens: 1_010 };
    const message = { role: "assistant", content: "done" };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    response.end(
      JSON.stringify({
        id: "1",
        object: "chat.completion",
        service_tier: "default",
        model: "gpt-4o-mini",
        choices,
        usage,
      }),
    );
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const scratch = mkdtempSync(join(tmpdir(), "aispend-cap-"));
  const environment = {
    OPENAI_API_KEY: "real-key",
    OPENAI_BASE_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`,
    RUNNER_TEMP: scratch,
  };
  const event = {
    repository: { private: true, full_name: "octo/shop", name: "shop", owner: { login: "octo" } },
  };
  const inputs = { mode: "cap", "cap-usd": "0.02", "github-token": "" };
  const { exported, state, exitCode, log } = await runBundle(github, {
    inputs,
    environment,
    event,
  });
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
  expect(log).toContain("::add-mask::aispend-job-");
  const ask = () =>
    fetch(`${exported.OPENAI_BASE_URL}/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${exported.OPENAI_API_KEY}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        model: "gpt-4o-mini",
        max_completion_tokens: 1_000,
        messages: [{ role: "user", content: "hello" }],
      }),
    });
  let passed = 0;
  let status = (await ask()).status;
  for (; status === 200 && passed < 100; status = (await ask()).status) passed += 1;
  expect(status).toBe(402);
  expect(passed).toBeGreaterThan(3);
  expect(told).toEqual(Array.from({ length: passed }, () => "Bearer real-key"));
  const saved = Object.fromEntries(
    Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]),
  );
  const post = await runBundle(github, { entry: "post", environment: saved, event });
  const said = /this job spent \$(0\.\d+) of \$0\.0200 in (\d+) calls; 1 calls were refused/;
  const [, spent, calls] = said.exec(post.summary) ?? [];
  expect(Number(spent)).toBeLessThanOrEqual(0.02);
  expect(Number(spent)).toBeCloseTo(passed * 0.0006015, 4);
  expect(calls).toBe(String(passed));
  const open = await runBundle(github, { entry: "post", environment: saved, event: {} });
  expect(open.summary).toMatch(/this job used \d+% of its cap/);
  await expect(ask()).rejects.toThrow();
  provider.close();
  rmSync(scratch, { recursive: true });
});

it("tells chat what it may not say in public", async () => {
  const open = await startGitHub({ base: BASE, head: HEAD, visibility: "public" });
  answers = {
    "GET /token": { value: "t" },
    "POST /v1/estimates/quote": quote,
    "POST /v1/estimates/notice": {},
  };
  const { summary } = await runBundle(open, { inputs: { "server-url": url }, environment: OIDC() });
  await open.close();
  expect(summary).not.toMatch(/221|1,40/);
  const notice = asked.findLast(({ path }) => path === "POST /v1/estimates/notice");
  expect(notice?.body).toMatchObject({
    pullRequest: open.number,
    effects: [{ subject: { scope: "payments/disputes" }, callsPerMonth: 221_000 }],
  });
});
