/** What the demonstration's provider says to everybody; in pieces, as a stream sends it. */
const TEXT =
  "Demonstration: this is a canned answer. No model was asked and no provider bills it. " +
  "The call went through the gateway, was held against the cap of your key, and is in the ledger.";
const PIECES = TEXT.match(/\S+\s*/g) ?? [];
const BYTES_PER_TOKEN = 4;

export interface Canned {
  readonly model: string;
  /** One output token each. */
  readonly pieces: readonly string[];
  /** The request's limit ended it. */
  readonly isCut: boolean;
  readonly inputTokens: number;
}

/** The answer within a request's limit; its input is counted by its length, as nothing reads it. */
export function cannedOf(request: {
  readonly model: string;
  readonly limit: number;
  readonly inputBytes: number;
}): Canned {
  const { model, limit, inputBytes } = request;
  const pieces = PIECES.slice(0, limit);
  const inputTokens = Math.max(1, Math.ceil(inputBytes / BYTES_PER_TOKEN));
  return { model, pieces, isCut: pieces.length < PIECES.length, inputTokens };
}

const NAME = "demonstration";
const event = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;
const named = (body: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${body.type}\n${event(body)}`;

function chatUsage({ inputTokens, pieces }: Canned) {
  const total = inputTokens + pieces.length;
  return { prompt_tokens: inputTokens, completion_tokens: pieces.length, total_tokens: total };
}

const chatEnd = ({ isCut }: Canned) => (isCut ? "length" : "stop");

/** OpenAI's chat completions. */
export function chatDocument(canned: Canned, created: number): object {
  const message = { role: "assistant", content: canned.pieces.join(""), refusal: null };
  return {
    id: `chatcmpl-${NAME}`,
    object: "chat.completion",
    created,
    model: canned.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: chatEnd(canned) }],
    usage: chatUsage(canned),
    system_fingerprint: NAME,
  };
}

export function chatEvents(canned: Canned, created: number, includeUsage: boolean): string[] {
  const { model, pieces } = canned;
  const base = { id: `chatcmpl-${NAME}`, object: "chat.completion.chunk", created, model };
  const chunk = (delta: object, finish: string | null): string =>
    event({
      ...base,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(includeUsage ? { usage: null } : {}),
    });
  return [
    chunk({ role: "assistant", content: "" }, null),
    ...pieces.map((content) => chunk({ content }, null)),
    chunk({}, chatEnd(canned)),
    ...(includeUsage ? [event({ ...base, choices: [], usage: chatUsage(canned) })] : []),
    "data: [DONE]\n\n",
  ];
}

/** OpenAI's responses. */
export function responsesDocument(canned: Canned, created: number): object {
  const { inputTokens, pieces, model, isCut } = canned;
  const text = { type: "output_text", annotations: [], text: pieces.join("") };
  const item = { id: `msg_${NAME}`, type: "message", status: "completed", role: "assistant" };
  return {
    id: `resp_${NAME}`,
    object: "response",
    created_at: created,
    status: isCut ? "incomplete" : "completed",
    error: null,
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    model,
    output: [{ ...item, content: [text] }],
    parallel_tool_calls: true,
    tools: [],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: pieces.length,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + pieces.length,
    },
    metadata: { [NAME]: "canned" },
  };
}

export function responsesEvents(canned: Canned, created: number): string[] {
  const response = responsesDocument(canned, created);
  const place = { item_id: `msg_${NAME}`, output_index: 0, content_index: 0 };
  const item = { id: place.item_id, type: "message", status: "in_progress", role: "assistant" };
  const part = { type: "output_text", text: "", annotations: [] };
  const started = { ...response, status: "in_progress", output: [], usage: null };
  const text = canned.pieces.join("");
  const done = canned.isCut ? "response.incomplete" : "response.completed";
  const bodies: readonly { readonly type: string; readonly [field: string]: unknown }[] = [
    { type: "response.created", response: started },
    { type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } },
    { type: "response.content_part.added", ...place, part },
    ...canned.pieces.map((delta) => ({ type: "response.output_text.delta", ...place, delta })),
    { type: "response.output_text.done", ...place, text },
    { type: done, response },
  ];
  return bodies.map((body, index) => named({ ...body, sequence_number: index }));
}

/** OpenAI's embeddings: three numbers, as floats or as the base64 that its SDK asks for. */
export function embeddingsDocument({ model, inputTokens }: Canned, isBase64: boolean): object {
  const vector = Float32Array.of(0.25, -0.5, 1);
  const embedding = isBase64 ? Buffer.from(vector.buffer).toString("base64") : [...vector];
  const usage = { prompt_tokens: inputTokens, total_tokens: inputTokens };
  return { object: "list", data: [{ object: "embedding", index: 0, embedding }], model, usage };
}

/** Anthropic's messages. */
export function claudeDocument({ model, pieces, inputTokens, isCut }: Canned): object {
  return {
    id: `msg_${NAME}`,
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text: pieces.join("") }],
    stop_reason: isCut ? "max_tokens" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: inputTokens, output_tokens: pieces.length },
  };
}

export function claudeEvents(canned: Canned): string[] {
  const { pieces, inputTokens, isCut } = canned;
  const usage = { input_tokens: inputTokens, output_tokens: 1 };
  const message = { ...claudeDocument(canned), content: [], stop_reason: null, usage };
  const block = { type: "text", text: "" };
  const stop = { stop_reason: isCut ? "max_tokens" : "end_turn", stop_sequence: null };
  return [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: block },
    ...pieces.map((text) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text },
    })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: stop, usage: { output_tokens: pieces.length } },
    { type: "message_stop" },
  ].map(named);
}

function geminiPart(canned: Canned, text: string, said: number, isLast: boolean): object {
  const { inputTokens, isCut, model } = canned;
  const content = { role: "model", parts: [{ text }] };
  const finishReason = isCut ? "MAX_TOKENS" : "STOP";
  return {
    candidates: [{ index: 0, content, ...(isLast ? { finishReason } : {}) }],
    usageMetadata: {
      promptTokenCount: inputTokens,
      candidatesTokenCount: said,
      totalTokenCount: inputTokens + said,
    },
    modelVersion: model,
    responseId: NAME,
  };
}

/** Gemini's generateContent. */
export function geminiDocument(canned: Canned): object {
  return geminiPart(canned, canned.pieces.join(""), canned.pieces.length, true);
}

/** The parts of its stream, as documents. */
export function geminiParts(canned: Canned): object[] {
  const last = canned.pieces.length - 1;
  return canned.pieces.map((text, index) => geminiPart(canned, text, index + 1, index === last));
}
