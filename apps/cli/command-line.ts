import type { Environment } from "#apps/server/config.ts";
import type { Clock } from "#core/time.ts";

/** What a command sees of the process it runs in. */
export interface CommandLine {
  readonly environment: Environment;
  /** Commands act on the working folder: its aispend.yaml, its .aispend. */
  readonly workingFolder: string;
  readonly clock: Clock;
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream & { isTTY?: boolean | undefined };
  /** Aborted by Ctrl-C: a command that can be resumed leaves off in good order. */
  readonly interrupted: AbortSignal;
  /** Set by the command that ran. */
  exitCode: ExitCode;
}

/** 0 done, 1 the check failed or the input was refused, 2 wrong usage, 3 a dependency is missing. */
export type ExitCode = 0 | 1 | 2 | 3;

/** What a command has to say, for people and for machines. */
export interface Outcome {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode?: ExitCode;
}
