import { Writable } from "node:stream";
import type { CommandLine, ExitCode } from "#apps/cli/command-line.ts";
import { run } from "#apps/cli/program.ts";

export const SECRET_KEY = Buffer.alloc(32, 5).toString("base64");

export interface Ran {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly err: string;
}

class Collected extends Writable {
  text = "";
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

export interface RunOptions {
  environment: Record<string, string>;
  workingFolder: string;
  now?: Date;
  interrupted?: AbortSignal;
}

/** Runs `aispend WORDS` as the process would, in this process. */
export async function aispend(options: RunOptions, ...words: string[]): Promise<Ran> {
  const out = new Collected();
  const err = new Collected();
  const line: CommandLine = {
    environment: options.environment,
    workingFolder: options.workingFolder,
    clock: () => options.now ?? new Date(),
    out,
    err,
    interrupted: options.interrupted ?? new AbortController().signal,
    exitCode: 0,
  };
  const exitCode = await run(line, words);
  return { exitCode, out: out.text, err: err.text };
}
