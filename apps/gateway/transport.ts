import { lookup as resolve } from "node:dns";
import type { OutgoingHttpHeaders, RequestOptions } from "node:http";
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { isPrivateAddress, type Upstream } from "./upstream.ts";

/** Opens requests to providers on connections that are kept. */
export interface Transport {
  /** A POST to the upstream's base URL with `path` behind it; its body is still to be written. */
  open(upstream: Upstream, path: string, headers: OutgoingHttpHeaders): ClientRequest;
  /**
   * Calls `silent` when nothing was heard for ten minutes. One sweep watches all: a timer for each
   * request would cost more than the request. Returns what ends the watch.
   */
  watch(heardMs: () => number, silent: () => void): () => void;
  close(): void;
}

const SILENCE_MS = 600_000;
const SWEEP_MS = 10_000;

interface Watched {
  readonly heardMs: () => number;
  readonly silent: () => void;
}

interface Target {
  readonly isPlain: boolean;
  readonly host: string;
  readonly port: string;
  readonly basePath: string;
}

const targets = new WeakMap<Upstream, Target>();

/** A URL works its parts out whenever it is asked. */
function targetOf(upstream: Upstream): Target {
  const known = targets.get(upstream);
  if (known !== undefined) return known;
  const { protocol, hostname, port, pathname } = upstream.baseUrl;
  const made = {
    isPlain: protocol === "http:",
    host: hostname.replace(/^\[|\]$/g, ""),
    port,
    basePath: pathname === "/" ? "" : pathname,
  };
  targets.set(upstream, made);
  return made;
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

export function createTransport(): Transport {
  const kept = { keepAlive: true, maxFreeSockets: 256 } as const;
  const watched = new Set<Watched>();
  const sweep = setInterval(() => {
    const limitMs = performance.now() - SILENCE_MS;
    for (const one of watched) if (one.heardMs() < limitMs) one.silent();
  }, SWEEP_MS);
  sweep.unref();
  const plain = new HttpAgent(kept);
  const secure = new HttpsAgent(kept);
  return {
    open(upstream, path, headers) {
      const { isPlain, host, port, basePath } = targetOf(upstream);
      const target: RequestOptions = {
        agent: isPlain ? plain : secure,
        host,
        port,
        method: "POST",
        path: basePath + path,
        headers,
      };
      if (!upstream.allowPrivate) target.lookup = publicOnly;
      return isPlain ? httpRequest(target) : httpsRequest(target);
    },
    watch(heardMs, silent) {
      const one = { heardMs, silent };
      watched.add(one);
      return () => watched.delete(one);
    },
    close() {
      clearInterval(sweep);
      plain.destroy();
      secure.destroy();
    },
  };
}
