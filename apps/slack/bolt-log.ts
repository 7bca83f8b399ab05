import { type Logger as BoltLogger, LogLevel } from "@slack/bolt";
import type { Logger } from "pino";

export type Log = Pick<Logger, "info" | "warn" | "error">;

/**
 * Bolt's and the web client's words in our log. Below warnings they print whole requests, with what
 * people wrote and with tokens: that is dropped, whatever the level.
 */
export function boltLog(log: Log): BoltLogger {
  const silent = () => undefined;
  const said = (parts: readonly unknown[]) =>
    parts.filter((part) => typeof part === "string").join(" ");
  const error = (parts: readonly unknown[]) => parts.find((part) => part instanceof Error);
  return {
    debug: silent,
    info: silent,
    warn: (...parts: unknown[]) => log.warn({ detail: said(parts), err: error(parts) }, "slack"),
    error: (...parts: unknown[]) => log.error({ detail: said(parts), err: error(parts) }, "slack"),
    setLevel: silent,
    getLevel: () => LogLevel.WARN,
    setName: silent,
  };
}
