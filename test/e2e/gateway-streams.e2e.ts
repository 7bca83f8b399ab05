import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { drain } from "#apps/gateway/listener.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { startGateway, type TestGateway } from "#test/gateway/gateway.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";
import { ask, STREAMS } from "#test/gateway/raw.ts";

const book = buildPriceBook(loadCatalogue());
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
  provider.charges.length = 0;
  gateway.events.length = 0;
});

/** What the provider's own bill says of its last request, in nano-USD. */
function billed(): bigint {
  const charge = provider.charges.at(-1);
  if (charge === undefined) throw new Error("the provider charged nothing");
  const { model, inputTokens, outputTokens } = charge;
  const name = model.startsWith("gemini")
    ? "google"
    : model.startsWith("claude")
      ? "anthropic"
      : "openai";
  const priced = priceUsage(book, {
    provider: name,
    model,
    at: new Date("2026-11-18T12:00:00Z"),
    serviceTier: "standard",
    tokens: { input: inputTokens, output: outputTokens },
    requestCount: 1,
  });
  if (priced.state === "unpriced") throw new Error(priced.reason);
  return priced.cost;
}

describe.each(Object.entries(STREAMS))("a %s stream", (_name, request) => {
  it("passes byte by byte as the provider sent it, with its usage exact", async () => {
    for (const chunkBytes of [1, 0]) {
      provider.set({ words: 11, reasoningTokens: 2, chunkBytes });
      const direct = await ask(provider.url, request);
      const through = await ask(gateway.url, request);
      expect(through.body.equals(direct.body)).toBe(true);
      await expect.poll(() => gateway.store.open()).toBe(0);
      const settled = gateway.events.at(-1);
      expect(settled?.event.estimated).toBe(false);
      expect(settled?.cost).toBe(billed());
    }
  });

  it("is never free, and never cheaper than it was, wherever its client leaves", async () => {
    provider.set({ words: 11, eventDelayMs: 1 });
    const whole = (await ask(provider.url, request)).body.length;
    const places = Array.from({ length: 12 }, (_, index) => Math.floor((whole * index) / 12));
    for (const leaveAfter of places) {
      const before = gateway.events.length;
      await ask(gateway.url, { ...request, leaveAfter });
      await expect.poll(() => gateway.events.length).toBe(before + 1);
      const settled = gateway.events.at(-1);
      // Near the end all of it may have come already.
      const isEarly = leaveAfter < whole / 3;
      if (isEarly) expect(settled?.event).toMatchObject({ estimated: true, status: "aborted" });
      expect(settled?.cost).toBeGreaterThan(0n);
      // The provider may be a word further than what it had sent when it was told.
      await sleep(3);
      expect(settled?.cost).toBeGreaterThanOrEqual(billed());
    }
    expect(gateway.store.open()).toBe(0);
  });

  it("is ended at the provider when its client leaves: 20 of 20", async () => {
    provider.set({ words: 300, eventDelayMs: 2 });
    const before = provider.cancelled();
    await Promise.all(
      Array.from({ length: 20 }, () => ask(gateway.url, { ...request, leaveAfter: 300 })),
    );
    await expect.poll(() => provider.cancelled() - before).toBe(20);
    expect(provider.charges.every(({ outputTokens }) => outputTokens < 300)).toBe(true);
  });
});

it("reads a plain answer to its end after its client left: what it cost is then exact", async () => {
  provider.set({ words: 30, delayMs: 60 });
  const leaving = ask(gateway.url, {
    path: "/v1/chat/completions",
    body: { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] },
    leaveAfter: 0,
  });
  await leaving;
  await expect.poll(() => gateway.events.length).toBe(1);
  expect(gateway.events[0]?.event.estimated).toBe(false);
  expect(gateway.events[0]?.cost).toBe(billed());
});

it("waits for the end of a stream where the provider's policy is to drain", async () => {
  const draining = await startGateway(provider.url, { upstream: { onAbort: "drain" } });
  provider.set({ words: 40, eventDelayMs: 1 });
  await ask(draining.url, { ...STREAMS.openai_chat, path: "/v1/chat/completions", leaveAfter: 10 });
  await expect.poll(() => draining.events.length).toBe(1);
  expect(draining.events[0]).toMatchObject({
    event: { estimated: false, status: "aborted", tokens: { output: 40 } },
    cost: billed(),
  });
  await draining.close();
});

it("cuts a provider that says more than it was allowed to, and counts at least what came", async () => {
  provider.set({ words: 8_000, ignoresLimit: true });
  const request = STREAMS.openai_chat;
  const body = { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }], stream: true };
  const answer = await ask(gateway.url, {
    path: request?.path ?? "",
    body: { ...body, max_tokens: 5 },
  });
  expect(answer.body.toString()).toContain('"code":"budget_exceeded"');
  expect(gateway.events[0]?.event.estimated).toBe(true);
  expect(gateway.store.open()).toBe(0);
});

it("bounds what a provider that breaks off has charged, and shows the break to the client", async () => {
  provider.set({ words: 200, breakAfterBytes: 2_000 });
  const answer = await ask(gateway.url, STREAMS.openai_chat ?? { path: "" });
  expect(answer.body.toString()).not.toContain("[DONE]");
  await expect.poll(() => gateway.events.length).toBe(1);
  expect(gateway.events[0]).toMatchObject({ event: { estimated: true, status: "error" } });
  expect(gateway.events[0]?.cost).toBeGreaterThanOrEqual(billed());
});

it("passes a provider's own error on, which costs nothing", async () => {
  provider.set({ failWith: 529 });
  const answer = await ask(gateway.url, STREAMS.anthropic_messages ?? { path: "" });
  expect([answer.status, answer.body.toString()]).toEqual([
    529,
    expect.stringContaining("overload"),
  ]);
  expect(gateway.events[0]).toMatchObject({ event: { status: "error" }, cost: 0n });
  const nowhere = await startGateway("http://127.0.0.1:1");
  const lost = await ask(nowhere.url, STREAMS.openai_chat ?? { path: "" });
  expect([lost.status, lost.body.toString()]).toEqual([
    502,
    expect.stringContaining("provider_unreachable"),
  ]);
  expect([nowhere.events, nowhere.store.open()]).toEqual([[], 0]);
  await nowhere.close();
});

it("ends live streams of a key that is blocked, when asked to", async () => {
  provider.set({ words: 500, eventDelayMs: 2 });
  const cut = await startGateway(provider.url);
  const streaming = ask(cut.url, STREAMS.anthropic_messages ?? { path: "" });
  await expect.poll(() => cut.proxy.live()).toBe(1);
  await sleep(20);
  cut.setGrant({ blocked: { why: "blocked: a loop", cutStreams: false } });
  expect(cut.proxy.cutBlocked()).toBe(0);
  cut.setGrant({ blocked: { why: "blocked: a loop", cutStreams: true } });
  expect(cut.proxy.cutBlocked()).toBe(1);
  const answer = (await streaming).body.toString();
  expect(answer).toMatch(/event: error\ndata: .*blocked: a loop.*"code":"key_blocked"/);
  expect(cut.events[0]?.event).toMatchObject({ estimated: true, status: "aborted" });
  await cut.close();
});

it("lets streams run to their end when it is stopped, and takes nothing new", async () => {
  provider.set({ words: 40, eventDelayMs: 2 });
  const stopping = await startGateway(provider.url);
  const streaming = ask(stopping.url, STREAMS.openai_chat ?? { path: "" });
  await expect.poll(() => stopping.proxy.live()).toBe(1);
  const drained = drain(stopping.server, stopping.proxy, 5_000);
  expect((await streaming).body.toString()).toContain("[DONE]");
  await drained;
  expect(stopping.events[0]?.event.estimated).toBe(false);
  await expect(ask(stopping.url, STREAMS.openai_chat ?? { path: "" })).rejects.toThrow();
  await stopping.close();
});
