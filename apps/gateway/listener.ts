import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { StoreStatus } from "#core/enforcement/holds.ts";
import type { GatewayProxy } from "./proxy.ts";

export interface ListenerOptions {
  readonly proxy: GatewayProxy;
  /** For /readyz. */
  readonly status: () => StoreStatus;
  /** How long a client may take for its headers, and for its whole request, in ms. */
  readonly headersMs?: number;
  readonly requestMs?: number;
}

/**
 * The gateway's own server, which does not listen yet. A client that trickles its request in loses its
 * connection with 408; answers may take as long as they take.
 */
export function createGatewayServer(options: ListenerOptions): Server {
  const { proxy, status, headersMs = 15_000, requestMs = 60_000 } = options;
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(headersMs, 1_000),
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      if (request.method === "GET" && answerProbe(request, response, status)) return;
      proxy.handle(request, response);
    },
  );
  return server;
}

function answerProbe(
  request: IncomingMessage,
  response: ServerResponse,
  status: () => StoreStatus,
): boolean {
  if (request.url === "/healthz") return answer(response, 200, "ok");
  if (request.url !== "/readyz") return false;
  const { state, detail } = status();
  return answer(response, state === "unavailable" ? 503 : 200, `${state}: ${detail}`);
}

function answer(response: ServerResponse, status: number, text: string): true {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
  return true;
}

const DRAIN_STEP_MS = 50;

/**
 * Takes nothing new, waits until every admitted request has ended (streams run on to their end), at most
 * `limitMs`; then cuts what is left. Its settlements are in the store when this returns.
 */
export async function drain(server: Server, proxy: GatewayProxy, limitMs: number): Promise<void> {
  proxy.stop();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const startedMs = performance.now();
  while (proxy.live() > 0 && performance.now() - startedMs < limitMs) {
    server.closeIdleConnections();
    await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
  }
  server.closeIdleConnections();
  if (proxy.live() > 0) server.closeAllConnections();
  else setTimeout(() => server.closeAllConnections(), DRAIN_STEP_MS).unref();
  await closed;
}
