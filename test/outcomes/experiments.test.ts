import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Form } from "#apps/chat/surface.ts";
import { experiments } from "#apps/worker/jobs/experiments.ts";
import { readAudit } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { getExperiment, listExperiments } from "#core/outcomes/experiment.ts";
import { parseDay } from "#core/time.ts";
import {
  type Acme,
  asker,
  brainOf,
  fillAcme,
  makeAcme,
  NOW,
  presser,
  privately,
} from "#test/chat/acme.ts";
import { aispend, SECRET_KEY } from "#test/cli/command-line.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), "aispend-experiments-"));
const SECRET_PROMPT = "You are a support agent of Globex. Never promise refunds.";
let acme: Acme;
let other: Acme;

const OURS = {
  experiment: "compression and routing",
  workflow: "refunds",
  baseline: { costPerCall: "0.0336", passRate: "95.0%" },
  candidates: [
    { name: "aggressive compression", costPerCall: "0.0121", passRate: 0.88 },
    { name: "gated compression + routing", costPerCall: 0.0149, passRate: "95.4%" },
  ],
};
const prompt = (provider: string, passed: number, cost: number, label = SECRET_PROMPT) => ({
  provider,
  label,
  raw: SECRET_PROMPT,
  metrics: { testPassCount: passed, testFailCount: 1000 - passed, testErrorCount: 0, cost },
});
const PROMPTFOO = {
  evalId: "eval-1",
  results: {
    version: 3,
    prompts: [
      prompt("openai:gpt-4o", 950, 33.6),
      prompt("openai:gpt-4o", 880, 12.1, "aggressive compression"),
      prompt("anthropic:claude-haiku-4-5", 954, 14.9),
    ],
    results: [{ response: { output: SECRET_PROMPT } }],
  },
};

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  writeFileSync(join(folder, "results.json"), JSON.stringify(OURS));
  writeFileSync(join(folder, "promptfoo.json"), JSON.stringify(PROMPTFOO));
  writeFileSync(join(folder, "broken.json"), `{"prompt": "${SECRET_PROMPT}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
    "experiment",
    "evaluate",
    ...words,
  );

const DOMAIN_TABLE = [
  "Configuration                Cost / call  Pass rate  Cost / successful task  Decision",
  "---------------------------  -----------  ---------  ----------------------  --------",
  "baseline                         $0.0336      95.0%                 $0.0354",
  "aggressive compression           $0.0121      88.0%                 $0.0138  reject",
  "gated compression + routing      $0.0149      95.4%                 $0.0156  promote",
].join("\n");

describe("aispend experiment evaluate", () => {
  it("prints the table of domain.md with its decisions, and puts it on record", async () => {
    const { out, exitCode } = await run("results.json", "--org", "acme");
    expect(out).toContain(DOMAIN_TABLE);
    expect(exitCode).toBe(0);
    const [kept] = await listExperiments(database.pool, { orgId: acme.orgId, limit: 5 });
    expect(kept).toMatchObject({
      name: "compression and routing",
      workflow: "refunds",
      state: "open",
    });
    expect(out).toContain(`Recorded as experiment ${kept?.id}.`);
    expect(await listExperiments(database.pool, { orgId: other.orgId, limit: 5 })).toEqual([]);
  });

  it("reads a promptfoo result, keeps no prompt of it, and needs no database to look", async () => {
    const dry = await aispend(
      { environment: { AISPEND_HOME: join(folder, "nowhere") }, workingFolder: folder, now: NOW },
      ...["experiment", "evaluate", "promptfoo.json", "--dry-run"],
    );
    expect(dry.out).toMatch(/openai:gpt-4o #1 +\$0\.0336 +95\.0% +\$0\.0354/);
    expect(dry.out).toMatch(/aggressive compression +\$0\.0121 +88\.0% +\$0\.0138 +reject/);
    expect(dry.out).toMatch(/claude-haiku-4-5 #3 +\$0\.0149 +95\.4% +\$0\.0156 +promote/);
    await run("promptfoo.json", "--org", "other", "--workflow", "refunds");
    const { rows } = await database.owner.query<{ text: string }>(
      `select string_agg(e::text || c::text, ' ') as text
       from experiment e, experiment_configuration c`,
    );
    expect(rows[0]?.text).toContain("gpt-4o #1");
    expect(`${dry.out}${rows[0]?.text}`).not.toContain("Globex");
  });

  it("fails a pipeline where no candidate passes, and says what is wrong with a file", async () => {
    const worse = { ...OURS, candidates: [OURS.candidates[0]] };
    writeFileSync(join(folder, "worse.json"), JSON.stringify(worse));
    const failing = await run("worse.json", "--dry-run");
    expect(failing.exitCode).toBe(1);
    expect(failing.out).toContain("the pass rate falls from 95.0% to 88.0%");
    const broken = await run("broken.json", "--dry-run");
    expect(broken.err).toMatch(/'broken\.json' is not JSON/);
    expect(broken.err).not.toContain("Globex");
    const bad = async (value: unknown, ...more: string[]) => {
      writeFileSync(join(folder, "bad.json"), JSON.stringify(value));
      return (await run("bad.json", "--dry-run", ...more)).err;
    };
    expect(await bad({ nothing: 1 })).toContain("this is no evaluation that aispend can read");
    expect(await bad({ ...OURS, baseline: { costPerCall: "much", passRate: 0.9 } })).toContain(
      "baseline.costPerCall is 'much'",
    );
    expect(await bad({ ...OURS, baseline: { costPerCall: "1", passRate: "120%" } })).toContain(
      "no pass rate",
    );
    expect(
      await bad({ results: { prompts: [prompt("a", 950, 0), prompt("b", 950, 1)] } }),
    ).toContain("promptfoo knows no cost of a #1");
    expect(await bad(PROMPTFOO, "--baseline", "nobody")).toContain(
      "there is no configuration 'nobody'",
    );
  });
});

describe("/aispend experiment", () => {
  const brain = () => brainOf(database.pool);
  const ask = (who: string, text: string, of = acme) => asker(brain(), of)(who, text);
  const press = (who: string, verb: string, token: string, values = {}, of = acme) =>
    presser(brain(), of)(who, verb, token, values);
  const LINE =
    "experiment record refunds baseline 0.0336 95% " +
    '"aggressive compression" 0.0121 88% "gated compression + routing" 0.0149 95.4%';
  const recorded = async (): Promise<number> => {
    const preview = await ask("sam", LINE);
    const action = preview.actions[0];
    if (action?.kind !== "press") throw new Error("no press");
    const answer = await press("sam", action.verb, action.token);
    return Number(answer.command.split(" ")[1]);
  };

  it("shows the table from one line, and records it by a press", async () => {
    const preview = await ask("sam", LINE);
    expect(preview.table?.rows).toEqual([
      ["baseline", "$0.0336", "95.0%", "$0.0354", ""],
      ["aggressive compression", "$0.0121", "88.0%", "$0.0138", "reject"],
      ["gated compression + routing", "$0.0149", "95.4%", "$0.0156", "promote"],
    ]);
    const before = (await listExperiments(database.pool, { orgId: acme.orgId, limit: 50 })).length;
    const id = await recorded();
    const after = await listExperiments(database.pool, { orgId: acme.orgId, limit: 50 });
    expect(after).toHaveLength(before + 1);
    expect((await ask("sam", `experiment ${id}`)).table).toEqual(preview.table);
    expect((await ask("sam", `experiment ${id}`, other)).state).toBe("not_found");
    expect((await ask("sam", "experiment refunds")).table?.rows[0]?.[0]).toBe(String(id));
    expect((await ask("sam", "experiment record refunds baseline 0.03 95%")).state).toBe(
      "wrong_usage",
    );
    expect((await ask("sam", "experiment record refunds baseline much")).state).toBe("wrong_usage");
  });

  it("is promoted by the A of the evaluation gate alone, once, and only what passes", async () => {
    const id = await recorded();
    expect((await press("sam", "experiment_promote", `${id}:2`)).state).toBe("refused");
    expect((await press("fin", "experiment_promote", `${id}:2`)).state).toBe("refused");
    const fails = await press("grace", "experiment_promote", `${id}:1`);
    expect(fails.sentence).toMatch(/the pass rate falls from 95\.0% to 88\.0%/);
    expect((await press("grace", "experiment_promote", `${id}:9`)).state).toBe("wrong_usage");
    expect((await press("grace", "experiment_promote", `${id}:2`, {}, other)).state).toBe(
      "not_found",
    );
    const [first, second] = await Promise.all([
      press("grace", "experiment_promote", `${id}:2`),
      press("grace", "experiment_promote", `${id}:2`),
    ]);
    const notes = [first, second].map((one) => one?.notes.length).sort();
    expect(notes).toEqual([0, 1]);
    expect(first?.sentence).toContain("Grace Hopper promoted gated compression + routing.");
    expect(first?.actions.some(({ label }) => label.startsWith("Promote"))).toBe(false);
    const seen: string[] = [];
    for await (const { action, subject } of readAudit(database.pool, acme.orgId)) {
      if (subject === `experiment:${id}`) seen.push(action);
    }
    expect(seen).toEqual(["experiment.recorded", "experiment.promoted"]);
  });

  it("is recorded by the form too, and rejected as a whole", async () => {
    const asked = privately(acme, "sam");
    const form = (await brain().form("experiment_record", "refunds", asked)) as Form;
    const values = {
      baseline_cost: "0.0336",
      baseline_rate: "95",
      name: "shorter prompt",
      cost: "0.0200",
      rate: "95%",
    };
    const answer = await press("sam", form.verb, form.token, values);
    expect(answer.title).toMatch(/^shorter prompt \(\d+\): to be decided$/);
    expect((await press("sam", form.verb, form.token, { ...values, rate: "x" })).state).toBe(
      "wrong_usage",
    );
    const id = Number(answer.command.split(" ")[1]);
    expect((await press("sam", "experiment_reject", `${id}`)).state).toBe("refused");
    await press("grace", "experiment_reject", `${id}`);
    expect((await getExperiment(database.pool, acme.orgId, id)).state).toBe("rejected");
  });

  it("keeps its before, and measures its after over whole days", async () => {
    const id = await recorded();
    await database.owner.query(
      `update experiment set state = 'promoted', promoted = 2, decided_at = '2026-11-12T10:00:00Z',
         before_requests = 1000, before_cost = 33600000000 where org_id = $1 and id = $2`,
      [acme.orgId, id],
    );
    await transaction(database.pool, (tx) =>
      experiments.run({
        pool: database.pool,
        tx,
        orgId: acme.orgId,
        timeZone: "Europe/Berlin",
        scope: "",
        slot: NOW,
        now: NOW,
        attempt: 1,
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      }),
    );
    const kept = await getExperiment(database.pool, acme.orgId, id);
    const filter = { dimension: { name: "workflow" as const, valueId: kept.workflowId } };
    const since = { start: parseDay("2026-11-13"), end: parseDay("2026-11-22") };
    const { cost, requests } = await spendTotal(database.pool, acme.orgId, filter, since);
    expect(kept).toMatchObject({ afterDays: 9, afterCost: cost, afterRequests: requests });
    const facts = (await ask("sam", `experiment ${id}`)).facts;
    expect(facts[0]).toEqual({ label: "Before", value: "$0.0336 a call, over 28 days" });
    expect(facts[1]?.value).toMatch(/^\$0\.\d{4} a call, over 9 days$/);
  });
});
