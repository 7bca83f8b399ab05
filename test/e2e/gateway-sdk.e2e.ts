import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SECRET, startGateway, type TestGateway } from "#test/gateway/gateway.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";

let provider: Provider;
let gateway: TestGateway;

beforeAll(async () => {
  provider = await startProvider();
  gateway = await startGateway(provider.url);
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});
beforeEach(() => {
  provider.set({ words: 12, cachedTokens: 3, reasoningTokens: 5 });
  provider.charges.length = 0;
  provider.received.length = 0;
  gateway.events.length = 0;
});

const openai = (base: string, apiKey = SECRET) =>
  new OpenAI({ apiKey, baseURL: `${base}/v1`, maxRetries: 0 });
const anthropic = (baseURL: string, apiKey = SECRET) =>
  new Anthropic({ apiKey, baseURL, maxRetries: 0 });
const gemini = (baseUrl: string, apiKey = SECRET) =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of stream) found.push(one);
  return found;
}

const messages = [{ role: "user" as const, content: "Grüße, say hello ☃" }];
const chat = { model: "gpt-4o", messages, max_tokens: 50 };
const claude = { model: "claude-sonnet-4-5", messages, max_tokens: 50 };
const google = { model: "gemini-2.5-flash", contents: "say hello" };

/** Each way of asking, by its official client: what it gives back. */
const WAYS: Readonly<Record<string, (base: string) => Promise<unknown>>> = {
  "openai chat": (base) => openai(base).chat.completions.create(chat),
  "openai chat, streamed": async (base) =>
    all(await openai(base).chat.completions.create({ ...chat, stream: true })),
  "openai chat, streamed with usage": async (base) =>
    all(
      await openai(base).chat.completions.create({
        ...chat,
        stream: true,
        stream_options: { include_usage: true },
      }),
    ),
  "openai responses": (base) => openai(base).responses.create({ model: "gpt-5", input: "hello" }),
  "openai responses, streamed": async (base) =>
    all(await openai(base).responses.create({ model: "gpt-5", input: "hello", stream: true })),
  "anthropic messages": (base) => anthropic(base).messages.create(claude),
  "anthropic messages, streamed": async (base) =>
    all(await anthropic(base).messages.create({ ...claude, stream: true })),
  "gemini generateContent": async (base) =>
    (await gemini(base).models.generateContent(google)).text,
  "gemini generateContent, streamed": async (base) =>
    // The SDK puts the headers of the response beside each part.
    (await all(await gemini(base).models.generateContentStream(google))).map((one) =>
      JSON.stringify(one, (name, value) => (name === "sdkHttpResponse" ? undefined : value)),
    ),
};

describe.each(Object.keys(WAYS))("%s", (name) => {
  const ask = (base: string) => (WAYS[name] ?? (() => Promise.resolve()))(base);

  it("gives its client what the provider gave, and counts exactly what it charged", async () => {
    const direct = await ask(provider.url);
    const through = await ask(gateway.url);
    expect(JSON.stringify(through)).toBe(JSON.stringify(direct));
    const charge = provider.charges.at(-1);
    const [settled] = gateway.events;
    expect(gateway.events).toHaveLength(1);
    expect(settled?.event).toMatchObject({
      source: "gateway",
      status: "ok",
      estimated: false,
      key: "key-7",
      tags: { team: "payments", agent: "triage" },
      tokens: {
        input: charge?.inputTokens,
        output: charge?.outputTokens,
        cacheRead: charge?.cachedTokens,
      },
    });
    expect(settled?.cost).toBeGreaterThan(0n);
    expect(gateway.store.open()).toBe(0);
    expect(gateway.faults).toEqual([]);
  });
});

it("counts an embedding, whose answer has no output", async () => {
  const ask = { model: "text-embedding-3-small", input: ["one", "two"] };
  const direct = await openai(provider.url).embeddings.create(ask);
  expect(await openai(gateway.url).embeddings.create(ask)).toEqual(direct);
  const input = provider.charges.at(-1)?.inputTokens ?? 0;
  expect(gateway.events[0]).toMatchObject({
    event: { tokens: { input }, operation: "embeddings", estimated: false },
    cost: BigInt(input) * 20n,
  });
});

it("sends the provider's own key, a limit and nothing of its client's account", async () => {
  await openai(gateway.url).chat.completions.create(
    { model: "gpt-4o", messages, stream: true },
    { headers: { "OpenAI-Organization": "org-x", "X-Aispend-Workflow": "triage" } },
  );
  const [received] = provider.received;
  expect(received?.headers).toMatchObject({
    authorization: "Bearer real-openai",
    "accept-encoding": "identity",
  });
  expect(received?.headers).not.toHaveProperty("openai-organization");
  expect(received?.headers).not.toHaveProperty("x-aispend-workflow");
  expect(received?.body).toMatchObject({
    max_completion_tokens: 4_096,
    stream_options: { include_usage: true },
  });
  await expect.poll(() => gateway.events.length).toBe(1);
  expect(gateway.events[0]?.event.tags).toEqual({
    team: "payments",
    agent: "triage",
    workflow: "triage",
  });
});

it("reaches any provider that speaks OpenAI's format, by its name in the path", async () => {
  const groq = new OpenAI({ apiKey: SECRET, baseURL: `${gateway.url}/groq/v1`, maxRetries: 0 });
  await groq.chat.completions.create({ model: "llama-3.3-70b-versatile", messages });
  expect(provider.received[0]?.body).toMatchObject({ max_tokens: 4_096 });
  expect(gateway.events[0]?.event).toMatchObject({ provider: "groq" });
});

describe("a refusal", () => {
  it("reaches each client as an error of its own kind that it does not retry", async () => {
    const small = await startGateway(provider.url, { capUsd: "0.000001" });
    const asked = await Promise.allSettled([
      new OpenAI({ apiKey: SECRET, baseURL: `${small.url}/v1` }).chat.completions.create(chat),
      new Anthropic({ apiKey: SECRET, baseURL: small.url }).messages.create(claude),
      gemini(small.url).models.generateContent(google),
    ]);
    for (const one of asked) {
      expect(one).toMatchObject({ status: "rejected", reason: { status: 402 } });
      expect(one.status === "rejected" && String(one.reason)).toMatch(
        /cap of key ci-triage leaves no room.*\$0\.00 of \$0\.00 spent.*cap raise/,
      );
    }
    expect(asked[0]).toMatchObject({ reason: { code: "budget_exceeded" } });
    expect(provider.received).toEqual([]);
    await small.close();
  });
});
