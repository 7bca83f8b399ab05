import { Agent, request } from "node:http";
import { QUESTION } from "./answers.ts";

export interface Measured {
  readonly perSecond: number;
  /** Of each request, in ms. */
  readonly latencies: readonly number[];
}

const HEADERS = {
  authorization: "Bearer sk-bench",
  "content-type": "application/json",
  // Only Portkey reads these.
  "x-portkey-provider": "openai",
};

/** `count` requests, `clients` at a time, on connections that are kept. */
export async function ask(
  port: number,
  args: { count: number; clients: number; stream?: boolean; upstream: string },
): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: args.clients });
  const body = args.stream === true ? `${QUESTION.slice(0, -1)},"stream":true}` : QUESTION;
  const headers = {
    ...HEADERS,
    "x-portkey-custom-host": `${args.upstream}/v1`,
    "content-length": Buffer.byteLength(body),
  };
  const latencies: number[] = [];
  let left = args.count;
  const startMs = performance.now();
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const sentMs = performance.now();
      await once(agent, port, headers, body);
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: args.clients }, client));
  agent.destroy();
  return { perSecond: (args.count * 1_000) / (performance.now() - startMs), latencies };
}

function once(
  agent: Agent,
  port: number,
  headers: Record<string, string | number>,
  body: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, port, host: "127.0.0.1", method: "POST", path: "/v1/chat/completions", headers },
      (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`answered with ${response.statusCode}`));
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
