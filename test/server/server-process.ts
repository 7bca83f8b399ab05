import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../apps/cli/aispend.mjs", import.meta.url));
const START_MS = 90_000;

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything that it has written so far. */
  readonly output: () => string;
  /** Sends the signal and resolves with the exit code. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** `aispend start` as a process of its own, in a folder and with an environment of its own. */
export async function startProcess(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [CLI, "start"], {
    cwd: folder,
    env: { PATH, HOME, PORT: "0", ...environment },
  });
  let written = "";
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no URL:\n${written}`)), START_MS);
    const read = (chunk: unknown): void => {
      written += String(chunk);
      const found = /^http:\/\/\S+$/m.exec(written);
      if (found !== null) resolve(found[0]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then(([code]) => reject(new Error(`it ended with ${code}:\n${written}`)));
    void exited.finally(() => clearTimeout(limit));
  });
  return {
    url,
    child,
    output: () => written,
    async end(signal = "SIGTERM") {
      child.kill(signal);
      const [code] = await exited;
      return typeof code === "number" ? code : null;
    },
  };
}
