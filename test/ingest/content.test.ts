import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endUserIds } from "#apps/connectors/end-user.ts";
import { importFile } from "#apps/connectors/file-import.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { useDatabase } from "#test/database/clone.ts";
import { findInDatabase } from "#test/database/find-text.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";
import { liteLlmWithContent, tracesWithContent } from "./content-payloads.ts";
import { type IngestServer, makeToken, NOW, post, startIngest } from "./ingest-server.ts";
import { encodeTraces } from "./otlp-encoding.ts";

const database = useDatabase();
/** A sentence, as prompts are, and a word that could pass for a name. */
const CANARIES = ["CANARY7 tell nobody that the moon is made of cheese", "CANARY7"];
const SEARCHED = "CANARY7";
let server: IngestServer;
let orgId = 0;
let token = "";

beforeAll(async () => {
  server = await startIngest(database);
  orgId = await makeOrganization(database.owner, "acme");
  await makeScopes(database.owner, orgId, ["payments/disputes/triage"]);
  token = await makeToken(database, orgId);
});
afterAll(() => server.close());

/** The answer, the database and the logs hold no content; `stored` says how many events came in. */
async function expectNothingOf(answers: readonly { text: string }[]): Promise<void> {
  for (const { text } of answers) expect(text.toUpperCase()).not.toContain(SEARCHED);
  expect(server.logged().toUpperCase()).not.toContain(SEARCHED);
  expect(await findInDatabase(database.owner, SEARCHED)).toEqual([]);
}

const entries = async () => {
  const { rows } = await database.owner.query<{ count: number }>(
    "select count(*)::int as count from ledger_entry where org_id = $1",
    [orgId],
  );
  return rows[0]?.count ?? 0;
};

it("keeps no content of what LiteLLM logs, stored or refused", async () => {
  const url = `${server.url}/v1/litellm`;
  for (const [index, secret] of CANARIES.entries()) {
    const before = await entries();
    const good = liteLlmWithContent(secret, { id: `good-${index}` });
    const failed = liteLlmWithContent(secret, { id: `failed-${index}`, status: "failure" });
    const broken = [
      liteLlmWithContent(secret, { startTime: null }),
      liteLlmWithContent(secret, { prompt_tokens: [secret] }),
      liteLlmWithContent(secret, { metadata: [secret] }),
      [secret],
    ];
    const answers = [
      await post(url, token, [good, failed, ...broken]),
      await post(url, token, JSON.stringify(good).slice(0, -20)),
      await post(url, token, `${JSON.stringify(good)}\n{"messages": "${secret}`),
      await post(url, "aispend_not-a-token", good),
    ];
    expect(answers.map(({ status }) => status)).toEqual([207, 400, 207, 401]);
    expect(await entries()).toBe(before + 2);
    await expectNothingOf(answers);
  }
  // The search finds what is kept: the name of a prompt is, its words are not.
  expect(await findInDatabase(database.owner, "refund-v3")).toContain(
    "ledger_entry.prompt_revision",
  );
});

it("keeps no content of traces, in either encoding, stored or rejected", async () => {
  const url = `${server.url}/v1/traces`;
  const protobuf = { "Content-Type": "application/x-protobuf" };
  for (const [index, secret] of CANARIES.entries()) {
    const before = await entries();
    const span = (number: number) => ({ spanId: `${number}${index}`.padStart(16, "a") });
    const answers = [
      await post(url, token, tracesWithContent(secret, span(1))),
      await post(url, token, encodeTraces(tracesWithContent(secret, span(2))), protobuf),
      await post(url, token, tracesWithContent(secret, { startTimeUnixNano: secret })),
      await post(url, token, tracesWithContent(secret, { attributes: secret })),
      await post(url, token, { resourceSpans: [secret] }),
      await post(url, token, secret, protobuf),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 400]);
    expect(await entries()).toBe(before + 2);
    await expectNothingOf(answers);
  }
});

it("refuses content in POST /v1/usage and keeps and repeats none of it", async () => {
  const url = `${server.url}/v1/usage`;
  const event = {
    occurredAt: "2026-11-22T09:30:00Z",
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1, output: 1 },
  };
  for (const secret of CANARIES) {
    const answers = [
      await post(url, token, { ...event, messages: [{ role: "user", content: secret }] }),
      await post(url, token, [{ ...event, response: secret }, secret, [secret], null]),
      await post(url, token, { ...event, tokens: { input: 1, prompt: secret } }),
      await post(url, token, `{"prompt": "${secret}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 400]);
    await expectNothingOf(answers);
  }
});

it("keeps no content of files, nor of their bad rows", async () => {
  const folder = await mkdtemp(join(tmpdir(), "content-test-"));
  const clock = () => NOW;
  const contextOf = cachedContexts(database.pool, clock);
  const ledger = createLedger({ pool: database.pool, clock, contextOf });
  const [secret = ""] = CANARIES;
  const header = "ts,provider,model,input_tokens,output_tokens,prompt,response";
  const good = `2026-11-22T09:30:00Z,openai,gpt-4o,10,5,"${secret}","${secret}"`;
  const csv = [header, good, `2026-11-22T09:30:00Z,openai,gpt-4o,"${secret}",5,,`, `"${secret},x`];
  const row = { ts: "2026-11-22T09:30:00Z", provider: "openai", model: "gpt-4o", prompt: secret };
  const bad = [JSON.stringify({ ...row, ts: secret }), `{"prompt": "${secret}`];
  await writeFile(join(folder, "usage.csv"), `${csv.join("\n")}\n`);
  await writeFile(join(folder, "usage.jsonl"), [JSON.stringify(row), ...bad].join("\n"));
  const problems: string[] = [];
  for (const [file, refused] of [
    ["usage.csv", 2],
    ["usage.jsonl", 2],
  ] as const) {
    const summary = await importFile(
      { ledger, clock, endUserId: endUserIds(new Uint8Array(32)) },
      { orgId, file: join(folder, file), checkpointFolder: join(folder, "imports") },
    );
    expect([summary.appended, summary.refused], file).toEqual([1, refused]);
    problems.push(JSON.stringify(summary));
  }
  for (const file of await readdir(join(folder, "imports"))) {
    problems.push(await readFile(join(folder, "imports", file), "utf8"));
  }
  await expectNothingOf(problems.map((text) => ({ text })));
  await rm(folder, { recursive: true });
});
