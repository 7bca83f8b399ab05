import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The gateways of a run; a place keeps its number when its process is killed and comes again. */
export interface Fleet {
  readonly ports: (number | undefined)[];
  /** SIGKILL: nothing is written, nothing given back. */
  kill(place: number): void;
  start(place: number): Promise<void>;
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL("gateway-process.ts", import.meta.url));

export async function startFleet(
  size: number,
  environment: Record<string, string>,
): Promise<Fleet> {
  const children: (ChildProcess | undefined)[] = [];
  const fleet: Fleet = {
    ports: [],
    kill(place) {
      children[place]?.kill("SIGKILL");
      children[place] = undefined;
      fleet.ports[place] = undefined;
    },
    async start(place) {
      const child = spawn(process.execPath, ["--import", "tsx", SCRIPT], {
        env: { ...process.env, ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.stderr.resume();
      children[place] = child;
      const [line] = await new Promise<string[]>((resolve, reject) => {
        const lines = createInterface({ input: child.stdout });
        lines.once("line", (text) => resolve([text]));
        child.once("exit", (code) => reject(new Error(`a gateway ended with ${code}`)));
      });
      fleet.ports[place] = Number(line);
    },
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          if (child === undefined || child.exitCode !== null) return;
          const ended = new Promise((resolve) => child.once("exit", resolve));
          child.kill("SIGTERM");
          await ended;
        }),
      );
    },
  };
  await Promise.all(Array.from({ length: size }, (_, place) => fleet.start(place)));
  return fleet;
}
