import { type AddressInfo, connect, createServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { upstreamOf } from "#apps/gateway/upstream.ts";
import type { KeyGrant } from "#core/enforcement/holds.ts";
import { SECRET, startGateway, type TestGateway } from "#test/gateway/gateway.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";
import { ask, messages, type RawAnswer, type RawRequest } from "#test/gateway/raw.ts";

let provider: Provider;
let gateway: TestGateway;

beforeAll(async () => {
  provider = await startProvider({ words: 3 });
  gateway = await startGateway(provider.url, {
    headersMs: 400,
    requestMs: 800,
    bodyBytes: 1_000_000,
  });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});
beforeEach(() => {
  gateway.setGrant({});
  provider.received.length = 0;
});

const chat = { model: "gpt-4o", messages, max_tokens: 100 };
const CHAT: RawRequest = { path: "/v1/chat/completions", body: chat };

function codeOf({ body }: RawAnswer): unknown {
  const { error } = JSON.parse(body.toString()) as {
    error: { code?: unknown; details?: unknown[] };
  };
  return error.code;
}

/** Answers status, code and text; that the provider never heard of it is checked too. */
async function refused(request: RawRequest, grant: Partial<KeyGrant> = {}) {
  gateway.setGrant(grant);
  const answer = await ask(gateway.url, request);
  expect(provider.received).toEqual([]);
  expect(gateway.store.open()).toBe(0);
  return { status: answer.status, code: codeOf(answer), text: answer.body.toString(), answer };
}

describe("a key", () => {
  it("that is missing, unknown, blocked or expired is told so, in the provider's own shape", async () => {
    const none = await refused({ ...CHAT, headers: { authorization: "" } });
    expect(none).toMatchObject({ status: 401, code: "key_missing" });
    const unknown = await refused({ ...CHAT, headers: { authorization: "Bearer sk-other" } });
    expect(unknown).toMatchObject({ status: 401, code: "key_unknown" });
    const blocked = { why: "blocked: runaway loop", cutStreams: false };
    expect(await refused(CHAT, { blocked })).toMatchObject({
      status: 403,
      code: "key_blocked",
      text: expect.stringContaining("ci-triage is blocked: runaway loop"),
    });
    const expiresAt = new Date("2026-11-18T12:00:00Z");
    expect(await refused(CHAT, { expiresAt })).toMatchObject({ status: 403, code: "key_expired" });
    const claude = await refused({ path: "/v1/messages", headers: { authorization: "" } });
    expect(JSON.parse(claude.text)).toMatchObject({
      type: "error",
      error: { type: "authentication_error", code: "key_missing" },
    });
    const gemini = await refused({
      path: "/v1beta/models/gemini-2.5-flash:generateContent",
      headers: { authorization: "" },
    });
    expect(JSON.parse(gemini.text)).toMatchObject({
      error: { code: 401, status: "UNAUTHENTICATED", details: [{ reason: "key_missing" }] },
    });
  });

  it("is read wherever a provider's SDK puts it", async () => {
    for (const name of ["x-api-key", "x-goog-api-key", "api-key"]) {
      const headers = { authorization: "", [name]: SECRET };
      expect((await ask(gateway.url, { ...CHAT, headers })).status).toBe(200);
    }
    const path = `/v1beta/models/gemini-2.5-flash:generateContent?key=${SECRET}`;
    const body = { contents: [{ parts: [{ text: "Hi" }] }] };
    const answer = await ask(gateway.url, { path, body, headers: { authorization: "" } });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(provider.received)).not.toContain(SECRET);
  });

  it("is found by its hash alone, and a wrong one answers alike however near it is", async () => {
    const near = [SECRET.slice(0, -1), `${SECRET}x`, "", "x".repeat(8_000), `${SECRET}\u00e9`];
    const texts = await Promise.all(
      near.map(async (secret) => {
        const answer = await ask(gateway.url, {
          ...CHAT,
          headers: { "x-api-key": secret, authorization: "" },
        });
        return JSON.parse(answer.body.toString()) as { error: { code: string } };
      }),
    );
    const codes = texts.map(({ error }) => error.code);
    expect(codes).toEqual([
      "key_unknown",
      "key_unknown",
      "key_missing",
      "key_unknown",
      "key_unknown",
    ]);
  });

  it("uses only models that it was given, and only so often a minute", async () => {
    expect(await refused(CHAT, { models: ["gpt-4o-mini", "claude-*"] })).toMatchObject({
      status: 403,
      code: "model_not_allowed",
      text: expect.stringContaining("gpt-4o-mini, claude-*, and not gpt-4o"),
    });
    gateway.setGrant({ requestsPerMinute: 2 });
    const first = await ask(gateway.url, CHAT);
    const second = await ask(gateway.url, CHAT);
    expect([first.status, second.status, codeOf(second)]).toEqual([200, 429, "rate_limited"]);
    expect(second.headers["retry-after"]).toBe("30");
  });
});

it("answers 503 in the provider's shape when keys cannot be looked up", async () => {
  const lost = await startGateway(provider.url, {
    findGrant: () => Promise.reject(new Error("the database is away")),
  });
  const answer = await ask(lost.url, CHAT);
  expect([answer.status, codeOf(answer), answer.headers["retry-after"]]).toEqual([
    503,
    "ledger_unavailable",
    "5",
  ]);
  await lost.close();
});

it("frees what was held where the request cannot even be sent", async () => {
  const broken = await startGateway(provider.url, { upstream: { secret: "line\nbreak" } });
  const answer = await ask(broken.url, CHAT);
  expect([answer.status, broken.store.open(), broken.events]).toEqual([503, 0, []]);
  await broken.close();
});

describe("a cap", () => {
  it("lowers the output limit to what fits, and says so", async () => {
    const small = await startGateway(provider.url, { capUsd: "0.03" });
    const body = { ...chat, max_tokens: 16_000, service_tier: "default" };
    const answer = await ask(small.url, { ...CHAT, body });
    expect(answer.status).toBe(200);
    const sent = Number(provider.received[0]?.body.max_tokens);
    expect(sent).toBeGreaterThan(1_024);
    expect(sent).toBeLessThan(3_000);
    expect(answer.headers["x-aispend-output-limit"]).toBe(String(sent));
    await small.close();
  });

  it("is waited for while only requests under way are in the way, then 429 with Retry-After", async () => {
    const small = await startGateway(provider.url, { capUsd: "0.012" });
    provider.set({ words: 3, delayMs: 600 });
    const body = { ...chat, max_tokens: 1_000, service_tier: "default" };
    const first = ask(small.url, { ...CHAT, body });
    await expect.poll(() => small.proxy.live()).toBe(1);
    const second = await ask(small.url, { ...CHAT, body });
    expect([second.status, codeOf(second), second.headers["retry-after"]]).toEqual([
      429,
      "budget_reserved",
      "1",
    ]);
    expect((await first).status).toBe(200);
    provider.set({ words: 3 });
    expect((await ask(small.url, { ...CHAT, body })).status).toBe(200);
    await small.close();
  });
});

describe("a request", () => {
  it("whose cost does not follow from its body is refused, unless its key may send such", async () => {
    const body = { ...chat, web_search_options: {} };
    expect(await refused({ ...CHAT, body })).toMatchObject({
      status: 400,
      code: "unbounded_request",
      text: expect.stringContaining("web_search_options"),
    });
    gateway.setGrant({ allowUnbounded: true });
    expect((await ask(gateway.url, { ...CHAT, body })).status).toBe(200);
  });

  it("for a model without a price, or a provider that is not connected, is refused", async () => {
    expect(await refused({ ...CHAT, body: { ...chat, model: "gpt-unheard" } })).toMatchObject({
      status: 400,
      code: "unpriced_model",
    });
    expect(await refused({ ...CHAT, path: "/mistral/v1/chat/completions" })).toMatchObject({
      status: 404,
      code: "provider_not_connected",
      text: expect.stringContaining("aispend gateway add mistral"),
    });
  });

  it("that is no JSON, no object, not UTF-8 or too large gets a clear answer", async () => {
    const bad = [
      "{",
      "[1]",
      "",
      '{"model":"gpt-4o","messages":"Hi"}',
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      `{"model":"gpt-4o","messages":[],"__proto__":{"max_tokens":1}}`,
      "[".repeat(100_000),
      JSON.stringify({ ...chat, model: "gpt-4o\u0000" }),
      JSON.stringify({ ...chat, model: `gpt-4o-${"x".repeat(300)}` }),
      JSON.stringify({ ...chat, model: ["gpt-4o"] }),
    ];
    for (const body of bad) {
      expect(await refused({ ...CHAT, body })).toMatchObject({
        status: 400,
        code: "request_invalid",
      });
    }
    expect(await refused({ ...CHAT, body: "x".repeat(1_000_001) })).toMatchObject({
      status: 413,
      code: "request_too_large",
    });
  });

  it("that is nested deeper than anybody reads gets a clear answer too", async () => {
    const deep = (open: string, close: string) => `${open.repeat(50_000)}1${close.repeat(50_000)}`;
    const bodies = [
      { ...CHAT, body: JSON.stringify(chat).replace("100", deep("[", "]")) },
      {
        ...CHAT,
        body: `{"model":"gpt-4o","messages":[{"role":"user"}],"metadata":${deep('{"a":', "}")}}`,
      },
    ];
    for (const request of bodies) {
      expect(await refused(request)).toMatchObject({ status: 400, code: "request_invalid" });
    }
    expect(gateway.faults).toEqual([]);
  });

  it("of 100 MB is refused by its first line, and where it lies about its length, at the limit", async () => {
    const declared = await speak(
      `${START}authorization: Bearer ${SECRET}\r\ncontent-length: 104857600\r\n\r\n`,
    );
    expect(declared).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*request_too_large/i);
    const part = `40000\r\n${"x".repeat(0x40000)}\r\n`;
    const chunked = await speak(
      `${START}authorization: Bearer ${SECRET}\r\ntransfer-encoding: chunked\r\n\r\n` +
        part.repeat(5),
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("of which nothing is to be changed is sent byte for byte", async () => {
    const body =
      '{ "model":"gpt-4o",\n"max_tokens": 7, ' +
      '"messages":[{"role":"user","content":"\\u00fc"}]}';
    expect((await ask(gateway.url, { ...CHAT, body })).status).toBe(200);
    expect(provider.received[0]?.headers["content-length"]).toBe(String(body.length));
  });

  it("whose field stands twice is sent with the one that was counted", async () => {
    const body =
      '{"model":"gpt-4o","max_tokens":900000,"max_tokens":7,' +
      '"messages":[{"role":"user","content":"Hi"}]}';
    expect((await ask(gateway.url, { ...CHAT, body })).status).toBe(200);
    expect(provider.received[0]?.body.max_tokens).toBe(7);
  });
});

const START = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n";

/** Bytes as they are; resolves with all that came when the server ends the connection. */
function speak(text: string, then?: string): Promise<string> {
  const { port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
    let heard = "";
    const trickle = then === undefined ? undefined : setInterval(() => socket.write(then), 50);
    const done = (): void => {
      clearInterval(trickle);
      resolve(heard);
    };
    socket.on("data", (chunk) => {
      heard += chunk.toString();
    });
    socket.on("close", done);
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" || error.code === "EPIPE" ? done() : reject(error),
    );
  });
}

describe("a hostile client", () => {
  it("that trickles its headers or its body in loses its connection", async () => {
    expect(await speak(START, "x: y\r\n")).toMatch(/^HTTP\/1\.1 408/);
    const body = `${START}authorization: Bearer ${SECRET}\r\ncontent-length: 90000\r\n\r\n{`;
    expect(await speak(body, " ")).toMatch(/^(?:HTTP\/1\.1 408|$)/);
    expect(gateway.proxy.live()).toBe(0);
  });

  it("cannot write headers of its own into what is sent on", async () => {
    const injected = await speak(
      `POST /v1/messages HTTP/1.1\r\nhost: x\r\nanthropic-version: 1\rx-api-key: mine\r\n\r\n`,
    );
    expect(injected).toMatch(/^HTTP\/1\.1 400/);
    const long = { "x-aispend-workflow": "w".repeat(300) };
    expect(await refused({ ...CHAT, headers: long })).toMatchObject({ code: "request_invalid" });
    const both = { authorization: `Bearer ${SECRET}`, "x-api-key": "sk-mine", cookie: "a=b" };
    expect((await ask(gateway.url, { ...CHAT, headers: both })).status).toBe(200);
    expect(provider.received[0]?.headers).not.toHaveProperty("x-api-key");
    expect(provider.received[0]?.headers).not.toHaveProperty("cookie");
  });

  it.each([
    "/v1/../admin/chat/completions",
    "/openai/v1/%2e%2e/chat/completions",
    "/openai/../v1/chat/completions",
    "/v1/chat/completions/../../files",
    "//evil.example/v1/chat/completions",
    "http://169.254.169.254/v1/chat/completions",
    "/v1beta/models/../x:generateContent",
    "/v1beta/models/a%2fb:generateContent",
    "/v1/chat\\completions",
    "/v1/batches",
    "/v1/realtime",
    "/v1/models",
  ])("gets no further than here with the path %s", async (path) => {
    expect((await refused({ ...CHAT, path })).status).toBe(404);
  });

  it("cannot choose where a provider is", async () => {
    for (const baseUrl of [
      "http://api.openai.com/v1",
      "https://127.0.0.1/v1",
      "https://10.1.2.3",
      "https://169.254.169.254/latest",
      "https://[::1]/",
      "https://[::ffff:127.0.0.1]/",
      "https://localhost/v1",
      "https://vault.internal",
      "https://user:pass@api.openai.com",
      "file:///etc/passwd",
    ]) {
      expect(() => upstreamOf({ name: "openai", baseUrl })).toThrow(
        expect.objectContaining({ code: "upstream_invalid" }),
      );
    }
    expect(() => upstreamOf({ name: "v1", baseUrl: "https://api.openai.com" })).toThrow();
    expect(
      upstreamOf({ name: "local", baseUrl: "http://10.0.0.9/v1", allowPrivate: true }).baseUrl.host,
    ).toBe("10.0.0.9");
  });

  it("cannot reach a private address through a name that resolves to one", async () => {
    const heard: unknown[] = [];
    const hidden = createServer((socket) => heard.push(socket.destroy()));
    await new Promise<void>((resolve) => hidden.listen(0, "127.0.0.1", resolve));
    const { port } = hidden.address() as AddressInfo;
    const named = await startGateway(provider.url, {
      upstream: { baseUrl: `https://localhost.:${port}/v1`, allowPrivate: false },
    });
    const answer = await ask(named.url, CHAT);
    expect([answer.status, codeOf(answer)]).toEqual([502, "provider_unreachable"]);
    expect([named.events, heard]).toEqual([[], []]);
    await named.close();
    hidden.close();
  });
});
