import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CapStatus, capMarkdown } from "#action/cap.ts";
import { startCapGateway } from "#action/cap-gateway.ts";
import { hashOf } from "#test/gateway/gateway.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";
import { ask, messages } from "#test/gateway/raw.ts";

const folder = mkdtempSync(join(tmpdir(), "aispend-job-"));
const file = join(folder, "cap.json");
let provider: Provider;

beforeAll(async () => {
  provider = await startProvider({ words: 900 });
});
afterAll(async () => {
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});

const status = (): CapStatus => CapStatus.parse(JSON.parse(readFileSync(file, "utf8")));

it("holds a job to its cap, and says as many refusals as the job got", async () => {
  const order = {
    limit: "50000000",
    keyHash: hashOf("aispend-job-1"),
    upstreams: [{ name: "openai", secret: "sk-real", baseUrl: `${provider.url}/v1` }],
    file,
  };
  const gateway = await startCapGateway(order, () => new Date("2026-11-18T12:00:00Z"));
  const url = `http://127.0.0.1:${status().port}`;
  const chat = {
    path: "/v1/chat/completions",
    headers: { authorization: "Bearer aispend-job-1" },
    // More than the cap has room for in the end: its answer is made shorter first, and then refused.
    body: { model: "gpt-4o", messages, max_tokens: 1_500, service_tier: "default" },
  };
  const statuses: number[] = [];
  while (statuses.filter((one) => one === 402).length < 3) {
    statuses.push((await ask(url, chat)).status);
    expect(statuses.length).toBeLessThan(20);
  }
  expect(statuses.filter((one) => one !== 402).every((one) => one === 200)).toBe(true);
  await gateway.end();
  const ended = status();
  expect(ended).toMatchObject({ state: "ended", refused: 3, calls: statuses.length - 3 });
  expect(BigInt(ended.cost) <= 50_000_000n).toBe(true);
  // 8 input tokens or so, and 900 of output at $10 a million.
  expect(BigInt(ended.cost) > BigInt(ended.calls) * 8_900_000n).toBe(true);
  expect(capMarkdown(ended, true)).toContain(`of $0.0500 in ${ended.calls} calls; 3 calls were`);
});
