import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EstimateReport } from "#core/estimates/report-schema.ts";
import { aispend, type Ran } from "#test/cli/command-line.ts";

const ENVIRONMENT = { PATH: process.env.PATH ?? "", HOME: "/nonexistent" };
const now = new Date("2026-11-23T09:00:00Z");

let repository = "";

function git(...words: string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  return execFileSync("git", [...identity, ...words], {
    cwd: repository,
    env: { ...ENVIRONMENT, GIT_CONFIG_GLOBAL: "/dev/null" },
    encoding: "utf8",
  }).trim();
}

function commit(files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  git("add", "-A");
  git("commit", "-q", "-m", "change");
  return git("rev-parse", "HEAD");
}

const run = (...words: string[]): Promise<Ran> =>
  aispend({ environment: ENVIRONMENT, workingFolder: repository, now }, "diff", ...words);

const FILE = `repository:
  paths:
    - path: app/**
      workflow: refunds
  volumes:
    - workflow: refunds
      model: gpt-4o-mini
      calls_per_month: 100000
      tokens_per_call: { input: 2000, output: 500 }
      p90_tokens_per_call: { input: 8000, output: 900 }
  policy:
    - rule: month_increase
      above: 500
      action: fail
    - rule: models
      allow: ["gpt-*"]
`;
const model = (name: string): string =>
  `from openai import OpenAI\n\nMODEL = "${name}"\n` +
  "reply = client.chat.completions.create(model=MODEL)\n";

let mini = "";
let large = "";

beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), "aispend-policy-"));
  git("init", "-q", "-b", "main");
  mini = commit({ "aispend.yaml": FILE, "app/chat.py": model("gpt-4o-mini") });
  large = commit({ "app/chat.py": model("gpt-4o") });
});

afterAll(() => rmSync(repository, { recursive: true, force: true }));

it("ends with 1 where a policy of the base fails, and says which and why", async () => {
  const { exitCode, out, err } = await run(`${mini}..${large}`);
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: "" });
  expect(out.split("\n")).toEqual([
    "Changes what calls cost: 1 model",
    "About +$940 a month (+1566.7%)",
    "Policy",
    "  FAILED    $940 more a month; $500 are allowed",
    "  ok        new models are on the list: kept",
    "  model     app/chat.py:3",
    expect.stringMatching(/gpt-4o-mini > gpt-4o: input \$0\.15\/M > \$2\.5\/M/),
    "Calls",
    expect.stringMatching(/workflow refunds: call \$0\.0006 > \$0\.0100 \(\+1566\.7%\), P90 /),
    "            declared 2026-10-24 to 2026-11-22, 100,000 calls",
    "",
  ]);
});

it("prints the whole estimate as JSON, still with 1", async () => {
  const { exitCode, out } = await run(`${mini}..${large}`, "--json");
  expect(exitCode).toBe(1);
  const report = EstimateReport.parse(JSON.parse(out));
  expect(report).toMatchObject({
    month: { state: "known", before: "60", after: "1000", sources: ["declared"] },
    policy: { verdict: "failed" },
    effects: [{ traffic: { source: "declared", label: "workflow refunds" } }],
  });
});

it("ends with 0 the other way round: only what a change brings is judged", async () => {
  const { exitCode, out } = await run(`${large}..${mini}`);
  expect(exitCode).toBe(0);
  // No declared traffic is of gpt-4o, which the base uses there.
  expect(out).toContain("Volume unknown: per-call figures only");
});

it("judges a change of the policy by the policy of the base, and says so", async () => {
  const lax = FILE.replace("above: 500", "above: 5000");
  const head = commit({ "aispend.yaml": lax, "app/chat.py": model("gpt-4.1") });
  const { exitCode, out } = await run(`${mini}..${head}`);
  expect(exitCode).toBe(1);
  expect(out).toContain("aispend.yaml is changed here; the base's policy, mapping and volumes are");
});

it("says what is wrong with a file of the base or of the head, with its line, and goes on", async () => {
  const bad = commit({ "aispend.yaml": FILE.replace("above", "over"), "app/chat.py": model("a") });
  const { exitCode, out } = await run(`${mini}..${bad}`);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/aispend\.yaml:13: 'over' is not known in repository\.policy\[1\]/);
  const after = commit({ "app/chat.py": model("gpt-4o") });
  expect((await run(`${bad}..${after}`)).out).toContain("of the base cannot be read");
});

it("takes an evaluation into the policy", async () => {
  const gated = `${FILE}    - rule: eval_regression\n      action: fail\n`;
  const base = commit({ "aispend.yaml": gated, "app/chat.py": model("gpt-4o") });
  const head = commit({ "app/chat.py": model("gpt-4o-mini") });
  const of = (costPerCall: string, passRate: string) => ({ costPerCall, passRate });
  const result = {
    baseline: of("0.01", "95%"),
    candidates: [{ name: "x", ...of("0.005", "90%") }],
  };
  writeFileSync(join(repository, "result.json"), JSON.stringify(result));
  const { exitCode, out } = await run(`${base}..${head}`, "--eval", "result.json");
  expect(exitCode).toBe(1);
  expect(out).toContain("FAILED    the pass rate falls from 95.0% to 90.0%");
  writeFileSync(join(repository, "result.json"), "{}");
  expect((await run(`${base}..${head}`, "--eval", "result.json")).exitCode).toBe(2);
});
