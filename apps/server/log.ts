import { type DestinationStream, type Logger, pino } from "pino";
import { AispendError } from "#core/errors.ts";

/**
 * Structured logs, one JSON object a line. What a person wrote, what a model answered and what opens
 * a door never gets here: messages are static text, and an error's own words are masked, since
 * Postgres and parsers quote the value that they stumbled over.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError, error: describeError },
    redact: { paths: SECRET_PATHS, censor: "[redacted]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

const SECRET_NAMES = [
  "authorization",
  "cookie",
  "token",
  "botToken",
  "appToken",
  "signingSecret",
  "appPassword",
  "password",
  "secret",
  "secretKey",
  "apiKey",
  "databaseUrl",
  "ownerUrl",
  "connectionString",
  "smtpUrl",
  "text",
  "body",
  "prompt",
  "messages",
];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

const QUOTED = /'[^']*'|"[^"]*"|`[^`]*`/g;
const SECRET =
  /\b(?:xox[a-z]|xapp|sk|ghp|gho|ghs|aispend)[-_][\w-]{6,}|\bBearer\s+\S+|:\/\/[^\s/@]+@/gi;
const MAX_MESSAGE = 300;

function mask(message: string): string {
  const masked = message.replace(QUOTED, "'…'").replace(SECRET, "[redacted]");
  return masked.slice(0, MAX_MESSAGE);
}

interface DescribedError {
  type: string;
  code?: string;
  message?: string;
  constraint?: string;
  at?: string[];
  cause?: DescribedError;
}

/** What is safe and useful of an error. Ours name a field and its value, so only their code is kept. */
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error };
  const described: DescribedError = { type: error.name };
  const { code, constraint } = error as Error & { code?: unknown; constraint?: unknown };
  if (typeof code === "string") described.code = code;
  if (typeof constraint === "string") described.constraint = constraint;
  if (error instanceof AispendError) return described;
  described.message = mask(error.message);
  described.at = frames(error);
  if (error.cause !== undefined && depth < 3)
    described.cause = describeError(error.cause, depth + 1);
  return described;
}

/** Only the frames of the stack: its first lines are the message. */
function frames(error: Error): string[] {
  const lines = (error.stack ?? "").split("\n").map((line) => line.trim());
  return lines.filter((line) => line.startsWith("at ")).slice(0, 8);
}
