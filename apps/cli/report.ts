import { AispendError } from "#core/errors.ts";
import type { CommandLine, ExitCode, Outcome } from "./command-line.ts";

/** Amounts and ids are wider than a double: they go out as text. */
export function toJson(value: unknown, indent = 2): string {
  const replace = (_key: string, one: unknown) => (typeof one === "bigint" ? one.toString() : one);
  return JSON.stringify(value, replace, indent);
}

/** Runs a command and says what came of it; expected failures become words and an exit code. */
export async function report(
  line: CommandLine,
  asJson: boolean,
  work: () => Promise<Outcome>,
): Promise<void> {
  try {
    const { text, json, exitCode = 0 } = await work();
    // Undefined where the output itself is the data, such as an export.
    const said = json === undefined ? "" : asJson ? toJson(json) : text;
    if (said !== "") line.out.write(`${said.replace(/\n+$/, "")}\n`);
    line.exitCode = exitCode;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const { code, message, help, exitCode } = failure;
    if (asJson) line.out.write(`${toJson({ error: { code, message, help } })}\n`);
    else line.err.write(`${[message, help].filter(Boolean).join("\n")}\n`);
    line.exitCode = exitCode;
  }
}

interface Failure {
  code: string;
  message: string;
  help: string | undefined;
  exitCode: ExitCode;
}

const UNREACHABLE = new Set(["ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT", "ECONNRESET", "EAI_AGAIN"]);
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  EACCES: "may not be read or written",
  EISDIR: "is a folder",
  ENOTDIR: "is not in a folder",
  EROFS: "is on a file system that may only be read",
  ENOSPC: "has no room: the disk is full",
  Z_DATA_ERROR: "is no gzip, or is damaged",
  Z_BUF_ERROR: "is not whole: its gzip ends early",
};
/** Postgres went away under a statement: connection exceptions, and its shutdown. */
const DATABASE_GONE = /^(?:08...|57P0[123])$/;
const FILE_HELP = "Check the path; commands act on the working folder.";

/** Undefined for a fault of ours, which nobody expected. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof AispendError) {
    const { code, message, help } = error;
    return { code, message, help, exitCode: error.kind === "unavailable" ? 3 : 1 };
  }
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  if (error.message.startsWith("Connection terminated")) return unreachable(error);
  if (code === undefined) return undefined;
  if (UNREACHABLE.has(code) || DATABASE_GONE.test(code)) return unreachable(error);
  const why = UNREADABLE[code];
  if (why === undefined) return undefined;
  const { path } = error as NodeJS.ErrnoException;
  const message = `${path ?? "the file"} ${why}`;
  return { code: "file_unreadable", message, help: FILE_HELP, exitCode: 1 };
}

function unreachable({ message }: Error): Failure {
  return { code: "unreachable", message, help: "Try: aispend doctor", exitCode: 3 };
}
