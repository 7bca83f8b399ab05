import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";

export interface Load {
  readonly attempts: number;
  readonly refused: number;
  readonly answered: number;
  /** Lost with a process, or while the database was away. */
  readonly failed: number;
}

const LIMIT_MS = 25_000;
const ENOUGH_REFUSALS = 3;

/** Clients on every place, each going on until the cap has refused it a few times in a row. */
export async function runLoad(
  fleet: Fleet,
  secret: string,
  clients: number,
  random: () => number,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
  const load = { attempts: 0, refused: 0, answered: 0, failed: 0 };
  const startMs = performance.now();
  const client = async (place: number): Promise<void> => {
    let refusals = 0;
    while (refusals < ENOUGH_REFUSALS && performance.now() - startMs < LIMIT_MS) {
      const port = fleet.ports[place];
      if (port === undefined) return;
      load.attempts += 1;
      const status = await call(agent, port, secret, random);
      if (status === 200) {
        load.answered += 1;
        refusals = 0;
      } else if (status === 402) {
        load.refused += 1;
        refusals += 1;
      } else {
        if (status === 429) load.refused += 1;
        else load.failed += 1;
        await sleep(50 + random() * 100);
      }
    }
  };
  const places = fleet.ports.map((_, place) => place);
  await Promise.all(
    places.flatMap((place) => Array.from({ length: clients }, () => client(place))),
  );
  agent.destroy();
  return load;
}

/** One call, plain or streamed; some clients leave in the middle. The status, 0 where it was lost. */
function call(agent: Agent, port: number, secret: string, random: () => number): Promise<number> {
  const stream = random() < 0.25;
  const leaves = stream && random() < 0.2;
  const body = JSON.stringify({
    model: "gpt-4o",
    messages: [{ role: "user", content: "x".repeat(Math.floor(random() * 2_000)) }],
    service_tier: "default",
    stream,
    ...(random() < 0.8 ? { max_tokens: 500 + Math.floor(random() * 1_000) } : {}),
  });
  return new Promise((resolve) => {
    const sent = request(
      {
        port,
        agent,
        method: "POST",
        path: "/v1/chat/completions",
        headers: {
          authorization: `Bearer ${secret}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (response) => {
        response.on("data", () => {
          if (leaves) sent.destroy();
        });
        response.on("close", () => resolve(response.statusCode ?? 0));
        response.on("error", () => undefined);
      },
    );
    sent.on("error", () => resolve(0));
    sent.end(body);
  });
}
