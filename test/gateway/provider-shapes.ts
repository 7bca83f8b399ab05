/** What one request makes the mock provider say. */
export interface Said {
  readonly model: string;
  readonly words: readonly string[];
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly includeUsage: boolean;
}

const CREATED = 1_763_500_000;

function openaiUsage({ inputTokens, cachedTokens, reasoningTokens, words }: Said) {
  const output = words.length + reasoningTokens;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: output,
    total_tokens: inputTokens + output,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** https://developers.openai.com/api/reference/resources/chat */
export function chatAnswer(said: Said): object {
  return {
    id: "chatcmpl-CmockA1",
    object: "chat.completion",
    created: CREATED,
    model: said.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: said.words.join(""),
          refusal: null,
          annotations: [],
        },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: openaiUsage(said),
    service_tier: "default",
    system_fingerprint: "fp_mock",
  };
}

const data = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;

export function chatEvents(said: Said): string[] {
  const base = {
    id: "chatcmpl-CmockA1",
    object: "chat.completion.chunk",
    created: CREATED,
    model: said.model,
    service_tier: "default",
    system_fingerprint: "fp_mock",
  };
  const chunk = (delta: object, finish: string | null): string =>
    data({
      ...base,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(said.includeUsage ? { usage: null } : {}),
      obfuscation: "x1",
    });
  return [
    chunk({ role: "assistant", content: "", refusal: null }, null),
    ...said.words.map((content) => chunk({ content }, null)),
    chunk({}, "stop"),
    ...(said.includeUsage ? [data({ ...base, choices: [], usage: openaiUsage(said) })] : []),
    "data: [DONE]\n\n",
  ];
}

function responsesUsage({ inputTokens, cachedTokens, reasoningTokens, words }: Said) {
  const output = words.length + reasoningTokens;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + output,
  };
}

/** https://developers.openai.com/api/reference/resources/responses */
export function responsesAnswer(said: Said): object {
  const content = [
    { type: "output_text", annotations: [], logprobs: [], text: said.words.join("") },
  ];
  const item = { id: "msg_1", type: "message", status: "completed", role: "assistant", content };
  return {
    id: "resp_mock1",
    object: "response",
    created_at: CREATED,
    status: "completed",
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    model: said.model,
    output: [item],
    parallel_tool_calls: true,
    previous_response_id: null,
    service_tier: "default",
    store: false,
    text: { format: { type: "text" } },
    tools: [],
    usage: responsesUsage(said),
    metadata: {},
  };
}

export function responsesEvents(said: Said): string[] {
  const answer = responsesAnswer(said);
  const started = { ...answer, status: "in_progress", output: [], usage: null };
  let sequence = 0;
  const event = (type: string, over: object): string => {
    const body = data({ type, sequence_number: sequence, ...over });
    sequence += 1;
    return `event: ${type}\n${body}`;
  };
  const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
  return [
    event("response.created", { response: started }),
    event("response.output_item.added", {
      output_index: 0,
      item: { id: "msg_1", type: "message", status: "in_progress", role: "assistant", content: [] },
    }),
    event("response.content_part.added", {
      ...place,
      part: { type: "output_text", text: "", annotations: [] },
    }),
    ...said.words.map((delta) => event("response.output_text.delta", { ...place, delta })),
    event("response.output_text.done", { ...place, text: said.words.join("") }),
    event("response.completed", { response: answer }),
  ];
}

/** Base64 is what OpenAI's SDK asks for. */
export function embeddingsAnswer(said: Said, isBase64: boolean): object {
  const vector = Float32Array.of(0.25, -0.5, 1);
  const embedding = isBase64 ? Buffer.from(vector.buffer).toString("base64") : [...vector];
  return {
    object: "list",
    data: [{ object: "embedding", index: 0, embedding }],
    model: said.model,
    usage: { prompt_tokens: said.inputTokens, total_tokens: said.inputTokens },
  };
}

function claudeUsage({ inputTokens, cachedTokens }: Said, output: number) {
  return {
    input_tokens: inputTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    service_tier: "standard",
  };
}

/** https://platform.claude.com/docs/en/api/messages */
export function claudeAnswer(said: Said): object {
  return {
    id: "msg_mock1",
    type: "message",
    role: "assistant",
    model: said.model,
    content: [{ type: "text", text: said.words.join("") }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: claudeUsage(said, said.words.length + said.reasoningTokens),
  };
}

export function claudeEvents(said: Said): string[] {
  const event = (body: { type: string }): string => `event: ${body.type}\n${data(body)}`;
  const message = {
    id: "msg_mock1",
    type: "message",
    role: "assistant",
    model: said.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: claudeUsage(said, 1),
  };
  const delta = (text: string) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text },
  });
  const start = {
    type: "content_block_start",
    index: 0,
    content_block: { type: "text", text: "" },
  };
  const end = {
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: said.words.length + said.reasoningTokens },
  };
  return [
    event({ type: "message_start", ...{ message } }),
    event(start),
    event({ type: "ping" }),
    ...said.words.map((text) => event(delta(text))),
    event({ type: "content_block_stop", ...{ index: 0 } }),
    event(end),
    event({ type: "message_stop" }),
  ];
}

function geminiPart(said: Said, text: string, spoken: number, isLast: boolean): object {
  return {
    candidates: [
      {
        content: { parts: [{ text }], role: "model" },
        ...(isLast ? { finishReason: "STOP" } : {}),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: said.inputTokens,
      candidatesTokenCount: spoken,
      totalTokenCount: said.inputTokens + spoken + said.reasoningTokens,
      cachedContentTokenCount: said.cachedTokens,
      thoughtsTokenCount: said.reasoningTokens,
    },
    modelVersion: said.model,
    responseId: "mock1",
  };
}

/** https://ai.google.dev/api/generate-content */
export function geminiAnswer(said: Said): object {
  return geminiPart(said, said.words.join(""), said.words.length, true);
}

export function geminiParts(said: Said): object[] {
  return said.words.map((word, index) =>
    geminiPart(said, word, index + 1, index === said.words.length - 1),
  );
}
