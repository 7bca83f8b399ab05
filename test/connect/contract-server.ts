import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** What a contract answers; undefined = 404. */
export interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Contract = (asked: Asked) => Reply | undefined;

/** What goes wrong with a request instead of its answer. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string> }
  /** The answer ends in the middle. */
  | { readonly kind: "truncated" }
  /** The connection breaks before an answer. */
  | { readonly kind: "reset" };

export interface ContractServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Each is met by one of the next requests. */
  readonly faults: Fault[];
  /** Of its clock against ours. */
  skewMs: number;
  close(): Promise<void>;
}

/**
 * A provider on loopback: it wants its key, answers by the contract, and can fail in the ways that
 * providers do. `isKey` judges the credential headers.
 */
export async function serveContract(
  contract: Contract,
  isKey: (headers: IncomingMessage["headers"]) => boolean,
  now: Date,
): Promise<ContractServer> {
  const asked: Asked[] = [];
  const faults: Fault[] = [];
  const state = { skewMs: 0 };
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const url = new URL(request.url ?? "/", "http://contract");
    const one = {
      method: request.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      body: text === "" ? undefined : JSON.parse(text),
    };
    asked.push(one);
    response.setHeader("date", new Date(now.getTime() + state.skewMs).toUTCString());
    const fault = faults.shift();
    if (fault?.kind === "reset") {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === "status") {
      response.writeHead(fault.status, fault.headers).end('{"error":{"message":"busy"}}');
      return;
    }
    const reply = isKey(request.headers)
      ? (contract(one) ?? { status: 404, body: { error: { message: "no such route" } } })
      : { status: 401, body: { error: { message: "invalid key" } } };
    const whole = JSON.stringify(reply.body);
    response.writeHead(reply.status ?? 200, {
      "content-type": "application/json",
      ...reply.headers,
    });
    response.end(fault?.kind === "truncated" ? whole.slice(0, whole.length / 2) : whole);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    faults,
    get skewMs() {
      return state.skewMs;
    },
    set skewMs(ms) {
      state.skewMs = ms;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** A page of a list by an opaque cursor that is its offset. */
export function pageOf<T>(rows: readonly T[], size: number, cursor: string | null) {
  const start = cursor === null ? 0 : Number(cursor.replace(/^page_/, ""));
  const end = start + size;
  const more = end < rows.length;
  return { rows: rows.slice(start, end), more, next: more ? `page_${end}` : null };
}
