import { type ChildProcess, fork, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Vitals } from "./child.ts";

export interface Running {
  readonly port: number;
  /** `collected`: what is left after a collection, which costs CPU itself. */
  vitals(kind?: "collected"): Promise<Vitals>;
  stop(): void;
}

function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (code: number | null) =>
      reject(new Error(`a process of the benchmark ended: ${code}`));
    child.once("exit", fail);
    child.once("message", (message) => {
      child.off("exit", fail);
      resolve(message as T);
    });
  });
}

/** One of the scripts beside this file, in a process of its own. */
export async function startScript(
  name: string,
  environment: Record<string, string>,
): Promise<Running> {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const child = fork(script, {
    execArgv: ["--import", "tsx", "--expose-gc"],
    env: { ...process.env, DATABASE_URL: undefined, ...environment },
  });
  const { port } = await next<{ port: number }>(child);
  return {
    port,
    async vitals(kind) {
      const answer = next<Vitals>(child);
      child.send(kind ?? "vitals");
      return answer;
    },
    stop: () => {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    },
  };
}

const TICKS_PER_SECOND = 100;

/** @portkey-ai/gateway as it comes; Linux says what CPU it took. */
export async function startPortkey(): Promise<Running> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise<void>((resolve) => holder.close(() => resolve()));
  const script = fileURLToPath(
    new URL("../../node_modules/@portkey-ai/gateway/build/start-server.js", import.meta.url),
  );
  const child = spawn(process.execPath, [script, `--port=${port}`, "--headless"], {
    env: { ...process.env, NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" },
    stdio: "ignore",
  });
  for (let tries = 0; ; tries += 1) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answered !== undefined) break;
    if (tries > 100) throw new Error("Portkey's gateway does not start");
    await sleep(100);
  }
  return {
    port,
    async vitals() {
      const fields = (await readFile(`/proc/${child.pid}/stat`, "utf8")).split(") ")[1]?.split(" ");
      const ticks = Number(fields?.[11]) + Number(fields?.[12]);
      return { cpuUs: (ticks / TICKS_PER_SECOND) * 1e6, rssBytes: 0, heapBytes: 0 };
    },
    stop: () => child.kill("SIGKILL"),
  };
}
