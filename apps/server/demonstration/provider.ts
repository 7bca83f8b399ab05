import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { type Upstream, upstreamOf } from "#apps/gateway/upstream.ts";
import type { Clock } from "#core/time.ts";
import {
  type Canned,
  cannedOf,
  chatDocument,
  chatEvents,
  claudeDocument,
  claudeEvents,
  embeddingsDocument,
  geminiDocument,
  geminiParts,
  responsesDocument,
  responsesEvents,
} from "./canned-answer.ts";

/** What a gateway passes the calls of one organisation on to where nobody connected a provider. */
export interface StandIn {
  readonly orgId: number;
  readonly upstreams: ReadonlyMap<string, Upstream>;
}

export interface DemonstrationProvider {
  /** By name: openai, anthropic, gemini. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly close: () => Promise<void>;
}

/** Slow enough for a person to stop a stream by hand. */
const PIECE_MS = 40;
const DEFAULT_LIMIT = 256;

/**
 * A provider that asks no model, on a free port of this machine alone: what a call of the
 * demonstration's keys is answered by, so that the whole path from request to ledger can be walked
 * without a provider's key.
 */
export async function startDemonstrationProvider(
  clock: Clock,
  pieceMs = PIECE_MS,
): Promise<DemonstrationProvider> {
  const server = createServer((request, response) => {
    // Who left needs no answer.
    answer(request, response, clock, pieceMs).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const shared = { auth: "none", allowPrivate: true, defaultOutputLimit: DEFAULT_LIMIT } as const;
  const all = [
    upstreamOf({ ...shared, name: "openai", baseUrl: `${url}/v1` }),
    upstreamOf({ ...shared, name: "anthropic", baseUrl: url }),
    upstreamOf({ ...shared, name: "gemini", baseUrl: url }),
  ];
  return {
    upstreams: new Map(all.map((upstream) => [upstream.name, upstream])),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const Body = z.looseObject({
  model: z.string().optional(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_completion_tokens: z.int().nullish(),
  max_tokens: z.int().nullish(),
  max_output_tokens: z.int().nullish(),
  generationConfig: z.looseObject({ maxOutputTokens: z.int().nullish() }).nullish(),
  encoding_format: z.string().nullish(),
});
type Body = z.infer<typeof Body>;

function limitOf(body: Body): number {
  const { max_completion_tokens, max_tokens, max_output_tokens, generationConfig } = body;
  const asked = max_completion_tokens ?? max_tokens ?? max_output_tokens;
  return asked ?? generationConfig?.maxOutputTokens ?? DEFAULT_LIMIT;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  pieceMs: number,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const body = Body.parse(JSON.parse(bytes.toString()));
  const path = request.url ?? "";
  const model = /\/models\/([^:]+):/.exec(path)?.[1] ?? body.model ?? "";
  const canned = cannedOf({ model, limit: limitOf(body), inputBytes: bytes.length });
  const created = Math.floor(clock().getTime() / 1_000);
  const said = saidFor(path, body, canned, created);
  const mark = { "x-aispend-demonstration": "canned answer; no model was asked" };
  if ("document" in said) {
    response.writeHead(200, { "content-type": "application/json", ...mark });
    response.end(JSON.stringify(said.document));
    return;
  }
  response.writeHead(200, { "content-type": said.type, ...mark });
  for (const piece of said.stream) {
    if (response.destroyed) return;
    response.write(piece);
    await pause(pieceMs);
  }
  response.end();
}

type SaidFor =
  | { readonly document: object }
  /** What is sent one after the other. */
  | { readonly type: string; readonly stream: readonly string[] };

const EVENTS = { type: "text/event-stream; charset=utf-8" };

function saidFor(path: string, body: Body, canned: Canned, created: number): SaidFor {
  const streams = body.stream === true;
  if (path.includes(":streamGenerateContent")) {
    const parts = geminiParts(canned).map((part) => JSON.stringify(part));
    if (path.includes("alt=sse")) {
      return { ...EVENTS, stream: parts.map((part) => `data: ${part}\r\n\r\n`) };
    }
    const list = parts.map((part, index) => `${index === 0 ? "[" : ",\r\n"}${part}`);
    return { type: "application/json", stream: [...list, "]"] };
  }
  if (path.includes("/models/")) return { document: geminiDocument(canned) };
  if (path.includes("/messages")) {
    if (streams) return { ...EVENTS, stream: claudeEvents(canned) };
    return { document: claudeDocument(canned) };
  }
  if (path.endsWith("/embeddings")) {
    return { document: embeddingsDocument(canned, body.encoding_format === "base64") };
  }
  if (path.endsWith("/responses")) {
    if (streams) return { ...EVENTS, stream: responsesEvents(canned, created) };
    return { document: responsesDocument(canned, created) };
  }
  const withUsage = body.stream_options?.include_usage === true;
  if (streams) return { ...EVENTS, stream: chatEvents(canned, created, withUsage) };
  return { document: chatDocument(canned, created) };
}
