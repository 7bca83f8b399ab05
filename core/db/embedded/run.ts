import { spawn } from "node:child_process";

/** Whose process the server is; undefined means our own user. Never root: Postgres refuses. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface RunResult {
  readonly code: number | null;
  readonly output: string;
}

// Nothing is inherited: PGDATA, PGPORT or a missing LANG of the caller must not reach the server.
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

/**
 * Runs a program to its end, in a session of its own: what it leaves running (the server) does not
 * get the Ctrl-C that ends the application. Rejects when it cannot be started at all.
 */
export function run(
  program: string,
  args: readonly string[],
  options: { account?: Account | undefined; cwd?: string },
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? "/",
      detached: true,
      env: ENVIRONMENT,
      stdio: ["ignore", "pipe", "pipe"],
      ...options.account,
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8_000);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output: output.trim() }));
  });
}
