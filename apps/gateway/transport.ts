import { lookup as resolve } from "node:dns";
import type { IncomingHttpHeaders } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import {
  type Call,
  type Connections,
  createConnections,
  type Place,
  type Receiver,
} from "./connections.ts";
import { passedHeaders, settledHeaders } from "./headers.ts";
import { isPrivateAddress, type Upstream } from "./upstream.ts";

/** Sends requests to providers, on connections that are kept. */
export interface Transport {
  /**
   * A POST to the upstream's base URL with `path` behind it. `headers` are the client's. Throws where the
   * request cannot be written down.
   */
  post(args: {
    readonly upstream: Upstream;
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
    readonly receiver: Receiver;
  }): Call;
  close(): void;
}

export interface TransportOptions {
  /** PEM, instead of the authorities that Node trusts. */
  readonly authorities?: string;
  readonly connectMs?: number;
}

const CONNECT_MS = 10_000;
/** After so long without a byte nothing comes any more; one sweep looks at all. */
const SILENCE_MS = 600_000;
const SWEEP_MS = 10_000;

interface Target {
  readonly connections: Connections;
  readonly basePath: string;
  /** The headers that every request there has. */
  readonly settled: string;
}

/** A public name that resolves to a private address is how a base URL reaches what it must not. */
const publicOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, options, (error, address, family) => {
    const found = Array.isArray(address) ? address.map((one) => one.address) : [address];
    if (error === null && found.some(isPrivateAddress)) {
      const refused = Object.assign(new Error("the host resolves to a private address"), {
        code: "EPRIVATE",
      });
      callback(refused, address, family);
    } else callback(error, address, family);
  });
};

export function createTransport(options: TransportOptions = {}): Transport {
  const places = new Map<string, Connections>();
  const targets = new WeakMap<Upstream, Target>();
  const sweep = setInterval(() => {
    const beforeMs = performance.now() - SILENCE_MS;
    for (const connections of places.values()) connections.endSilent(beforeMs);
  }, SWEEP_MS);
  sweep.unref();
  const connectionsTo = (upstream: Upstream): Connections => {
    const { origin } = upstream.baseUrl;
    const name = `${origin} ${upstream.allowPrivate}`;
    const known = places.get(name);
    if (known !== undefined) return known;
    const made = createConnections(placeOf(upstream, options));
    places.set(name, made);
    return made;
  };
  const targetOf = (upstream: Upstream): Target => {
    const known = targets.get(upstream);
    if (known !== undefined) return known;
    const { pathname } = upstream.baseUrl;
    const target = {
      connections: connectionsTo(upstream),
      basePath: pathname === "/" ? "" : pathname,
      settled: settledHeaders(upstream),
    };
    targets.set(upstream, target);
    return target;
  };
  return {
    post({ upstream, path, headers, body, receiver }) {
      const { connections, basePath, settled } = targetOf(upstream);
      const head =
        `POST ${basePath}${path} HTTP/1.1\r\n${settled}${passedHeaders(headers)}` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
      return connections.send(head, body, receiver);
    },
    close() {
      clearInterval(sweep);
      for (const connections of places.values()) connections.close();
    },
  };
}

function placeOf(
  { baseUrl, allowPrivate }: Upstream,
  { authorities, connectMs = CONNECT_MS }: TransportOptions,
): Place {
  const isPlain = baseUrl.protocol === "http:";
  const host = baseUrl.hostname.replace(/^\[|\]$/g, "");
  return {
    isPlain,
    host,
    port: Number(baseUrl.port) || (isPlain ? 80 : 443),
    servername: isIP(host) === 0 ? host : undefined,
    lookup: allowPrivate ? undefined : publicOnly,
    authorities,
    connectMs,
  };
}
