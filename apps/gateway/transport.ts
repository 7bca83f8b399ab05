import { lookup as resolve } from "node:dns";
import type { RequestOptions } from "node:http";
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { isPrivateAddress, type Upstream } from "./upstream.ts";

/** Opens requests to providers on connections that are kept. */
export interface Transport {
  open(upstream: Upstream, options: RequestOptions): ClientRequest;
  close(): void;
}

const IDLE_MS = 15_000;

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
  const kept = { keepAlive: true, maxFreeSockets: 256, timeout: IDLE_MS } as const;
  const plain = new HttpAgent(kept);
  const secure = new HttpsAgent(kept);
  return {
    open({ baseUrl, allowPrivate }, options) {
      const target = {
        ...options,
        host: baseUrl.hostname.replace(/^\[|\]$/g, ""),
        port: baseUrl.port,
        ...(allowPrivate ? {} : { lookup: publicOnly }),
      };
      if (baseUrl.protocol === "http:") return httpRequest({ ...target, agent: plain });
      return httpsRequest({ ...target, agent: secure });
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}
