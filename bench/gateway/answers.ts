/** An answer of about 1 KB, as OpenAI writes it. */
export const ANSWER = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_763_500_000,
  model: "gpt-4o-2024-08-06",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Hello there. ".repeat(50), refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: {
    prompt_tokens: 240,
    completion_tokens: 150,
    total_tokens: 390,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: "default",
});

/** A request of about 1 KB. */
export const QUESTION = JSON.stringify({
  model: "gpt-4o",
  messages: [
    { role: "system", content: "You answer briefly. ".repeat(20) },
    { role: "user", content: "How do I read a file line by line? ".repeat(12) },
  ],
  max_tokens: 200,
  service_tier: "default",
});

const chunk = (delta: object, finish: string | null, usage: object | null): string =>
  `data: ${JSON.stringify({
    id: "chatcmpl-bench",
    object: "chat.completion.chunk",
    created: 1_763_500_000,
    model: "gpt-4o-2024-08-06",
    service_tier: "default",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    usage,
  })}\n\n`;

/** The same as a stream of 43 events. */
export const EVENTS: readonly string[] = [
  chunk({ role: "assistant", content: "" }, null, null),
  ...Array.from({ length: 39 }, () => chunk({ content: "Hello there. " }, null, null)),
  chunk({}, "stop", null),
  `data: ${JSON.stringify({
    id: "chatcmpl-bench",
    model: "gpt-4o-2024-08-06",
    choices: [],
    usage: { prompt_tokens: 240, completion_tokens: 150, total_tokens: 390 },
  })}\n\n`,
  "data: [DONE]\n\n",
];
