import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  chatAnswer,
  chatEvents,
  claudeAnswer,
  claudeEvents,
  embeddingsAnswer,
  geminiAnswer,
  geminiParts,
  responsesAnswer,
  responsesEvents,
  type Said,
} from "./provider-shapes.ts";

/** What the provider charges for: what it really generated, whoever read it. */
export interface Charge {
  readonly model: string;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  outputTokens: number;
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

export interface ProviderOptions {
  /** Output tokens that it wants to say, before the request's limit. */
  readonly words?: number;
  /** The same, asked for each request. */
  readonly pickWords?: (isStream: boolean) => number;
  readonly reasoningTokens?: number;
  readonly cachedTokens?: number;
  readonly delayMs?: number;
  readonly eventDelayMs?: number;
  /** Bytes per write of a stream; 0: an event each. */
  readonly chunkBytes?: number;
  /** Says more than it was allowed to. */
  readonly ignoresLimit?: boolean;
  /** Answers with this status and no usage. */
  readonly failWith?: number;
  /** Ends the connection after so many bytes of the answer. */
  readonly breakAfterBytes?: number;
}

export interface Provider {
  readonly url: string;
  readonly charges: Charge[];
  readonly received: Received[];
  /** Streams that were left before their end. */
  readonly cancelled: () => number;
  set(options: ProviderOptions): void;
  close(): Promise<void>;
}

const WORDS = ["Hel", "lo", ", ", "wörld", " \u2603", ' "quoted"', "\n", " and", " so", " on"];

/** A provider on loopback that replays the published shapes of OpenAI, Anthropic and Gemini. */
export async function startProvider(options: ProviderOptions = {}): Promise<Provider> {
  const state = { options, cancelled: 0 };
  const charges: Charge[] = [];
  const received: Received[] = [];
  const server = createServer((request, response) => {
    answer(request, response, state, charges, received).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    charges,
    received,
    cancelled: () => state.cancelled,
    set: (next) => {
      state.options = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: { options: ProviderOptions; cancelled: number },
  charges: Charge[],
  received: Received[],
): Promise<void> {
  const { options } = state;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const body = JSON.parse(bytes.toString()) as Record<string, unknown>;
  const path = request.url ?? "";
  received.push({ path, headers: request.headers, body });
  if (options.delayMs !== undefined && options.delayMs > 0) await sleep(options.delayMs);
  if (options.failWith !== undefined) {
    response.writeHead(options.failWith, { "content-type": "application/json" });
    response.end('{"error":{"message":"The model is overloaded.","type":"server_error"}}');
    return;
  }
  const said = saidOf(path, body, options);
  const { model, inputTokens, cachedTokens } = said;
  const charge: Charge = { model, inputTokens, cachedTokens, outputTokens: said.reasoningTokens };
  charges.push(charge);
  const events = eventsOf(path, body, said);
  if (events === undefined) {
    charge.outputTokens += path.endsWith("/embeddings") ? 0 : said.words.length;
    writePlain(response, JSON.stringify(plainOf(path, body, said)), options);
    return;
  }
  const isSse = !path.includes(":streamGenerateContent") || path.includes("alt=sse");
  response.writeHead(200, {
    "content-type": isSse ? "text/event-stream; charset=utf-8" : "application/json",
  });
  let sent = 0;
  for (const event of events) {
    if (response.destroyed) {
      state.cancelled += 1;
      return;
    }
    if (isGenerated(event)) charge.outputTokens += 1;
    const text = Buffer.from(event);
    const size = options.chunkBytes || text.length;
    for (let start = 0; start < text.length; start += size) {
      response.write(text.subarray(start, start + size));
      if (options.chunkBytes) await new Promise((resolve) => setImmediate(resolve));
    }
    sent += text.length;
    if (options.breakAfterBytes !== undefined && sent >= options.breakAfterBytes) {
      response.destroy();
      return;
    }
    if (options.eventDelayMs !== undefined) await sleep(options.eventDelayMs);
  }
  response.end();
}

function writePlain(response: ServerResponse, text: string, options: ProviderOptions): void {
  const length = Buffer.byteLength(text);
  response.writeHead(200, { "content-type": "application/json", "content-length": length });
  if (options.breakAfterBytes === undefined) response.end(text);
  else response.write(text.slice(0, options.breakAfterBytes), () => response.destroy());
}

const GENERATED = /"delta":\{"content":"|output_text\.delta"|"text_delta"|"parts":\[\{"text":"/;

function isGenerated(event: string): boolean {
  return GENERATED.test(event);
}

function saidOf(path: string, body: Record<string, unknown>, options: ProviderOptions): Said {
  const config = body.generationConfig as { maxOutputTokens?: number } | undefined;
  const limit = Number(
    body.max_completion_tokens ??
      body.max_tokens ??
      body.max_output_tokens ??
      config?.maxOutputTokens ??
      Number.POSITIVE_INFINITY,
  );
  const wanted = options.pickWords?.(body.stream === true) ?? options.words ?? 10;
  const reasoningTokens = Math.min(options.reasoningTokens ?? 0, limit);
  const count = options.ignoresLimit === true ? wanted : Math.min(wanted, limit - reasoningTokens);
  const words = Array.from({ length: count }, (_, index) => WORDS[index % WORDS.length] ?? "");
  const input = JSON.stringify(body.messages ?? body.input ?? body.contents ?? "");
  const inputTokens = Math.ceil(Buffer.byteLength(input) / 4);
  const inPath = /\/models\/([^:]+):/.exec(path)?.[1];
  const asked = body.stream_options as { include_usage?: boolean } | undefined;
  return {
    model: inPath ?? String(body.model),
    words,
    inputTokens,
    cachedTokens: Math.min(options.cachedTokens ?? 0, inputTokens),
    reasoningTokens,
    includeUsage: asked?.include_usage === true,
  };
}

function plainOf(path: string, body: Record<string, unknown>, said: Said): object {
  if (path.includes("/chat/completions")) return chatAnswer(said);
  if (path.includes("/responses")) return responsesAnswer(said);
  if (path.includes("/embeddings"))
    return embeddingsAnswer(said, body.encoding_format === "base64");
  if (path.includes("/messages")) return claudeAnswer(said);
  return geminiAnswer(said);
}

/** Undefined: it is to be answered at once. */
function eventsOf(path: string, body: Record<string, unknown>, said: Said): string[] | undefined {
  if (path.includes(":streamGenerateContent")) {
    const parts = geminiParts(said).map((part) => JSON.stringify(part));
    if (path.includes("alt=sse")) return parts.map((part) => `data: ${part}\r\n\r\n`);
    return parts.map((part, index) => `${index === 0 ? "[" : ",\r\n"}${part}`).concat("]");
  }
  if (body.stream !== true) return undefined;
  if (path.includes("/chat/completions")) return chatEvents(said);
  if (path.includes("/responses")) return responsesEvents(said);
  return path.includes("/messages") ? claudeEvents(said) : undefined;
}
