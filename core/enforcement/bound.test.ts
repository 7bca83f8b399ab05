import fc from "fast-check";
import { expect, it } from "vitest";
import { priceUsage } from "#core/pricing/cost.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { clampToRoom, holdOf, inputBound, outputBound } from "./bound.ts";
import { type PathFacts, type RequestFacts, readRequest, withOutputLimit } from "./request.ts";
import type { Json, Wire } from "./wire.ts";

const book = buildPriceBook(loadCatalogue());
const at = new Date("2026-11-18T12:00:00Z");
const user = (content: unknown) => ({ role: "user", content });

function facts(wire: Wire, body: Json, path?: PathFacts): RequestFacts {
  const read = readRequest(wire, body, path);
  if (read.state === "malformed") throw new Error(read.reason);
  return read.facts;
}

const chat = (over: object = {}) =>
  facts("openai_chat", { model: "gpt-4o", messages: [user("Hi")], max_tokens: 500, ...over });
const claude = (over: object = {}) =>
  facts("anthropic_messages", {
    model: "claude-sonnet-4-5",
    messages: [user("Hi")],
    max_tokens: 500,
    ...over,
  });
const gemini = (over: object = {}) =>
  facts(
    "gemini_generate",
    { contents: [{ parts: [{ text: "Hi" }] }], ...over },
    { model: "gemini-2.5-flash" },
  );
const responses = (over: object = {}) =>
  facts("openai_responses", { model: "gpt-5", input: "Hi", ...over });

it("holds what bytes, limit and answers can cost at the dearest price they can reach", () => {
  const subject = { facts: chat({ n: 2 }), bodyBytes: 1_000, provider: "openai", at };
  expect(inputBound(subject)).toBe(1_000 + 64 + 16);
  expect(outputBound(subject.facts, 500)).toBe(1_000);
  // gpt-4o at priority, which `auto` may mean: 1.7 x $2.50 and $10 per million.
  expect(holdOf(book, subject, 500)).toBe(1_080n * 4_250n + 1_000n * 17_000n);
  const plain = { ...subject, facts: chat({ n: 2, service_tier: "default" }) };
  expect(holdOf(book, plain, 500)).toBe(1_080n * 2_500n + 1_000n * 10_000n);
  const unknown = { ...subject, facts: chat({ model: "gpt-unheard-of" }) };
  expect(holdOf(book, unknown, 500)).toBeUndefined();
});

it("is never below the cost of what the bounds allow", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 300_000 }),
      fc.integer({ min: 1, max: 8_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (bodyBytes, limit, share) => {
        const subject = { facts: claude(), bodyBytes, provider: "anthropic", at };
        const hold = holdOf(book, subject, limit) ?? 0n;
        const input = Math.floor(inputBound(subject) * share);
        const priced = priceUsage(book, {
          provider: "anthropic",
          model: "claude-sonnet-4-5",
          at,
          serviceTier: "standard",
          tokens: { input, cacheWrite1h: Math.floor(input / 2), output: limit },
          requestCount: 1,
        });
        expect(priced.state === "priced" && priced.cost <= hold).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

it("lowers the limit to what fits, never the hold alone, and not below 1,024 tokens", () => {
  const subject = {
    facts: chat({ service_tier: "default" }),
    bodyBytes: 920,
    provider: "openai",
    at,
  };
  const input = 1_000n * 2_500n;
  expect(clampToRoom(book, subject, 50_000, input + 2_000n * 10_000n)).toEqual({
    limit: 2_000,
    hold: input + 2_000n * 10_000n,
  });
  expect(clampToRoom(book, subject, 50_000, input + 1_023n * 10_000n)).toBeUndefined();
  expect(clampToRoom(book, subject, 500, input + 500n * 10_000n)?.limit).toBe(500);
  expect(clampToRoom(book, subject, 500, input + 499n * 10_000n)).toBeUndefined();
  const thinking = claude({
    max_tokens: 9_000,
    thinking: { type: "enabled", budget_tokens: 4_000 },
  });
  const deep = { facts: thinking, bodyBytes: 0, provider: "anthropic", at };
  const room = (holdOf(book, deep, 4_000) ?? 0n) as bigint;
  expect(clampToRoom(book, deep, 9_000, room)).toBeUndefined();
});

const REFUSED: readonly (readonly [string, () => RequestFacts])[] = [
  ["previous_response_id", () => responses({ previous_response_id: "resp_1" })],
  ["conversation", () => responses({ conversation: "conv_1" })],
  ["background", () => responses({ background: true })],
  ["stored prompt", () => responses({ prompt: { id: "pmpt_1" } })],
  ["item_reference", () => responses({ input: [{ type: "item_reference", id: "x" }] })],
  ["web_search", () => responses({ tools: [{ type: "web_search" }] })],
  ["code_interpreter", () => responses({ tools: [{ type: "code_interpreter" }] })],
  ["mcp", () => responses({ tools: [{ type: "mcp" }] })],
  ["a stored file", () => responses({ input: [user([{ type: "input_image", file_id: "f" }])] })],
  ["a file", () => chat({ messages: [user([{ type: "file", file: { file_id: "f" } }])] })],
  [
    "a remote image",
    () => chat({ messages: [user([{ type: "image_url", image_url: { url: "https://x/y" } }])] }),
  ],
  ["audio", () => chat({ modalities: ["text", "audio"] })],
  ["web_search_options", () => chat({ web_search_options: {} })],
  ["search-preview", () => chat({ model: "gpt-4o-search-preview" })],
  ["later_field", () => chat({ later_field: 1 })],
  ["web_search_20250305", () => claude({ tools: [{ type: "web_search_20250305" }] })],
  ["mcp_servers", () => claude({ mcp_servers: [{ url: "https://x" }] })],
  ["container", () => claude({ container: "c" })],
  ["speed", () => claude({ speed: "fast" })],
  [
    "a remote or stored document",
    () => claude({ messages: [user([{ type: "document", source: { type: "file" } }])] }),
  ],
  ["google_search", () => gemini({ tools: [{ googleSearch: {} }] })],
  ["cached_content", () => gemini({ cachedContent: "cachedContents/1" })],
  ["a stored or remote file", () => gemini({ contents: [{ parts: [{ fileData: {} }] }] })],
  ["not text", () => gemini({ generationConfig: { responseModalities: ["IMAGE"] } })],
  [
    "inline data of type 'video/mp4'",
    () => gemini({ contents: [{ parts: [{ inlineData: { mimeType: "video/mp4" } }] }] }),
  ],
];

it.each(REFUSED)("finds that %s is not bounded by the body", (said, read) => {
  expect(read().unbounded.join("; ")).toContain(said);
});

it("bounds plain requests of every format, with tools and pictures in the body", () => {
  const picture = "data:image/png;base64,iVBORw0KGgo=";
  const image = { type: "image_url", image_url: { url: picture } };
  const tool = { type: "function", function: { name: "f", parameters: {} } };
  const bounded = [
    chat({ messages: [user([image])], tools: [tool], stream: true, stream_options: {} }),
    claude({
      messages: [user([{ type: "image", source: { type: "base64", data: "x" } }])],
      tools: [
        { name: "f", input_schema: {} },
        { type: "bash_20250124", name: "bash" },
      ],
    }),
    gemini({
      tools: [{ functionDeclarations: [{ name: "f" }] }],
      generationConfig: { maxOutputTokens: 9, candidateCount: 2, thinkingConfig: {} },
    }),
    responses({ previous_response_id: null, background: false, max_output_tokens: 5 }),
    facts("openai_embeddings", { model: "text-embedding-3-small", input: ["a", "b"] }),
  ];
  expect(bounded.map(({ unbounded }) => unbounded)).toEqual([[], [], [], [], []]);
  expect(bounded.map(({ outputLimit }) => outputLimit)).toEqual([500, 500, 9, 5, undefined]);
  expect(bounded.map(({ extraInputTokens }) => extraInputTokens > 50)).not.toContain(false);
});

it("says what is wrong with a body that cannot be read", () => {
  const reasonOf = (wire: Wire, body: Json, path?: PathFacts) => {
    const read = readRequest(wire, body, path);
    return read.state === "malformed" ? read.reason : undefined;
  };
  const messages = [user("Hi")];
  expect(reasonOf("openai_chat", { messages })).toBe("'model' is missing");
  expect(reasonOf("openai_chat", { model: "m", messages, max_tokens: -1 })).toContain("max_tokens");
  expect(reasonOf("openai_chat", { model: "m", messages, n: 1.5 })).toContain("'n'");
  expect(reasonOf("anthropic_messages", { model: "m", messages })).toContain("max_tokens");
  const twice = { contents: [{}], generationConfig: {}, generation_config: {} };
  expect(reasonOf("gemini_generate", twice, { model: "m" })).toContain("given twice");
});

it("writes the limit where the request has it, once", () => {
  const both = { max_tokens: 9, max_completion_tokens: 8 };
  expect(withOutputLimit("openai_chat", both, 5, "max_tokens")).toEqual({
    max_tokens: 5,
    max_completion_tokens: 5,
  });
  expect(withOutputLimit("openai_chat", {}, 5, "max_completion_tokens")).toEqual({
    max_completion_tokens: 5,
  });
  const snake = { generation_config: { max_output_tokens: 99, top_k: 1 } };
  expect(withOutputLimit("gemini_generate", snake, 5, "")).toEqual({
    generationConfig: { top_k: 1, maxOutputTokens: 5 },
  });
});
