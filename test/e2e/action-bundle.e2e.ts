import { afterAll, beforeAll, expect, it } from "vitest";
import { type GitHubFixture, startGitHub } from "#test/action/github-fixture.ts";
import { readManifest, runBundle } from "#test/action/run-bundle.ts";

const POLICY = `repository:
  project: payments/disputes
  volumes:
    - workflow: refunds
      model: gpt-4o-mini
      calls_per_month: 221000
      tokens_per_call: { input: 1500, output: 300 }
  paths:
    - { path: "app/**", workflow: refunds }
  policy:
    - { rule: month_increase, above: 500, action: fail }
`;
const BASE = { "app/answer.py": 'MODEL = "gpt-4o-mini"\n', "aispend.yaml": POLICY };
const HEAD = { ...BASE, "app/answer.py": 'MODEL = "gpt-4o"\n', "package-lock.json": "{}\n" };

let github: GitHubFixture;
let shop: GitHubFixture;

beforeAll(async () => {
  github = await startGitHub({ base: BASE, head: HEAD });
  const prompts = { "prompts/refund.md": "You answer. CANARY-TEXT of the shop is never shown.\n" };
  const head = { ...HEAD, ...prompts };
  shop = await startGitHub({ base: BASE, head, visibility: "public" });
});
afterAll(async () => {
  await Promise.all([github.close(), shop.close()]);
});

it("fails a policy only after the comment is posted, and passes it once an approver overrides", async () => {
  await github.comment("<!-- aispend:estimate key=default run=1.1 changes=yes -->\nnot ours");
  const failed = await runBundle(github, { runId: 100 });
  expect(failed.log).toContain("::error title=aispend%3A model,file=app/answer.py,line=1");
  expect(failed.exitCode).toBe(1);
  const [, comment] = await github.comments();
  expect(comment).toMatchObject({ login: "github-actions[bot]" });
  expect(comment?.body).toMatch(
    /^<!-- aispend:estimate key=default run=100\.1 changes=yes -->\n### aispend: policy failed/,
  );
  expect(comment?.body).toContain("(1 rule): about +$1,402 a month");
  expect(failed.summary).toContain("policy failed");
  expect(failed.outputs).toMatchObject({ verdict: "failed", changes: "1" });
  expect(failed.outputs["monthly-delta"]).toMatch(/^1402/);
  expect(JSON.parse(failed.outputs.json ?? "")).toMatchObject({ changes: [{ line: 1 }] });

  await github.label("aispend-override");
  await github.approve("reviewer");
  const inputs = { "override-approvers": "someone, Reviewer" };
  const passed = await runBundle(github, { runId: 101, inputs });
  expect(passed).toMatchObject({ exitCode: 0, outputs: { verdict: "overridden" } });
  const comments = await github.comments();
  expect(comments).toHaveLength(2);
  expect(comments[1]).toMatchObject({ id: comment?.id });
  expect(comments[1]?.body).toContain("Approved by reviewer: label aispend-override");
});

it("says nothing of volume, spend, scope or person in public: not in comment, summary, log or outputs", async () => {
  const { exitCode, log, summary, outputs } = await runBundle(shop);
  const [comment] = await shop.comments();
  expect(exitCode).toBe(1);
  expect(comment?.body).toContain("+1,567% a month on this workflow");
  for (const text of [comment?.body, log, summary, JSON.stringify(outputs)]) {
    expect(text).not.toMatch(/221,?000|1,?40[12]|\b89\b|refunds|payments|disputes/);
    // Prompt text leaves in no repository.
    expect(text).not.toContain("CANARY-TEXT");
  }
  expect(outputs["monthly-delta"]).toBe("");
});

it("leaves the report of a fork in the summary, and says why", async () => {
  const event = await shop.event();
  const fork = { ...event, pull_request: forked(event.pull_request) };
  const before = await shop.comments();
  const { summary, log } = await runBundle(shop, { event: fork, runId: 200 });
  expect(await shop.comments()).toEqual(before);
  expect(summary).toMatch(/^This pull request is from a fork/);
  expect(summary).toContain("### aispend: policy failed");
  expect(log).toContain("::notice::This pull request is from a fork");
});

function forked(pull: unknown): unknown {
  const text = JSON.stringify(pull);
  const read = JSON.parse(text);
  return { ...read, head: { ...read.head, repo: { full_name: "stranger/shop" } } };
}

it("runs on node24, and documents every input and output", () => {
  const { runs, inputs, outputs } = readManifest();
  expect(runs).toMatchObject({ using: "node24", main: "action/dist/main.js" });
  for (const { description } of [...Object.values(inputs), ...Object.values(outputs)]) {
    expect(description.length).toBeGreaterThan(20);
  }
});
