import { expect, it } from "vitest";
import { createStreamMeter } from "./stream-meter.ts";
import { createUsageStripper } from "./strip-usage.ts";
import { addUsage, NOTHING_SEEN } from "./usage.ts";
import type { Wire } from "./wire.ts";

const sse = (...events: unknown[]): string =>
  events
    .map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`)
    .join("");

const chunk = (delta: unknown, over: object = {}) => ({
  id: "chatcmpl-1",
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, delta, finish_reason: null }],
  ...over,
});

const STREAMS: readonly (readonly [Wire, string, object, number])[] = [
  [
    "openai_chat",
    sse(
      chunk({ role: "assistant", content: "" }),
      chunk({ content: 'Grüße "\u2603" \n' }),
      chunk({ content: '"usage":null' }),
      {
        ...chunk({}),
        choices: [],
        usage: {
          prompt_tokens: 11,
          completion_tokens: 7,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      },
      "[DONE]",
    ),
    { input: 11, output: 7, cacheRead: 4, reasoning: 2 },
    // 'Grüße "☃" \n' and '"usage":null' as JSON writes them.
    18 + 14,
  ],
  [
    "openai_responses",
    sse(
      { type: "response.created", response: { id: "resp_1", model: "gpt-5", usage: null } },
      { type: "response.output_text.delta", delta: "Hello" },
      {
        type: "response.completed",
        response: { model: "gpt-5", usage: { input_tokens: 9, output_tokens: 3 } },
      },
    ),
    { input: 9, output: 3 },
    5,
  ],
  [
    "anthropic_messages",
    `event: message_start\r\n${sse({
      type: "message_start",
      message: {
        id: "msg_1",
        model: "claude-sonnet-4-5",
        usage: {
          input_tokens: 5,
          cache_read_input_tokens: 10,
          cache_creation_input_tokens: 20,
          cache_creation: { ephemeral_1h_input_tokens: 15, ephemeral_5m_input_tokens: 5 },
          output_tokens: 1,
        },
      },
    })}${sse(
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi there" } },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 42 } },
      { type: "message_stop" },
    )}`,
    { input: 35, cacheRead: 10, cacheWrite5m: 5, cacheWrite1h: 15, output: 42 },
    8,
  ],
  [
    "gemini_generate",
    sse(
      {
        candidates: [{ content: { parts: [{ text: "One" }] } }],
        usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1 },
        modelVersion: "gemini-2.5-flash",
      },
      {
        candidates: [{ content: { parts: [{ text: " two" }] }, finishReason: "STOP" }],
        usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 2, thoughtsTokenCount: 30 },
        modelVersion: "gemini-2.5-flash",
      },
    ),
    { input: 4, output: 32, reasoning: 30 },
    7,
  ],
];

it.each(STREAMS)(
  "reads the usage of a %s stream split at every byte",
  (wire, text, tokens, size) => {
    const bytes = Buffer.from(text).toString("latin1");
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const meter = createStreamMeter(wire);
      meter.push(bytes.slice(0, cut));
      meter.push(bytes.slice(cut));
      expect(meter.seen().tokens).toEqual(tokens);
      expect(meter.textBytes()).toBe(size);
      expect(meter.ended()).toBe(true);
    }
    const single = createStreamMeter(wire);
    for (const byte of bytes) single.push(byte);
    expect(single.seen().tokens).toEqual(tokens);
  },
);

it("takes out of a chat stream only what the question for usage added, however it is split", () => {
  const plain = sse(chunk({ content: 'say ,"usage":null or ☃' }), chunk({}), "[DONE]");
  const asked = sse(
    { ...chunk({ content: 'say ,"usage":null or ☃' }), usage: null },
    { ...chunk({}), usage: null },
    { ...chunk({}), choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } },
    "[DONE]",
  );
  const bytes = Buffer.from(asked).toString("latin1");
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const stripper = createUsageStripper();
    const out = [
      stripper.push(bytes.slice(0, cut)),
      stripper.push(bytes.slice(cut)),
      stripper.end(),
    ];
    expect(Buffer.from(out.join(""), "latin1").toString()).toBe(plain);
  }
});

it("counts thoughts as output, and all input of Anthropic's three counts", () => {
  const gemini = { usageMetadata: { promptTokenCount: 3, thoughtsTokenCount: 8 } };
  expect(addUsage("gemini_generate", NOTHING_SEEN, gemini).tokens).toEqual({
    input: 3,
    output: 8,
    reasoning: 8,
  });
  const embedding = { model: "text-embedding-3-small", usage: { prompt_tokens: 6 } };
  expect(addUsage("openai_embeddings", NOTHING_SEEN, embedding).tokens).toEqual({ input: 6 });
  const negative = { usage: { prompt_tokens: -6, completion_tokens: 1.5 } };
  expect(addUsage("openai_chat", NOTHING_SEEN, negative).tokens).toEqual({});
});
