import type { Server } from "node:http";
import type { Logger } from "pino";

const IN_FLIGHT_MS = 25_000;

/**
 * Stops taking connections and waits until every request that was accepted has its answer. What is
 * still open after 25 seconds is cut off: an orchestrator kills at 30.
 */
export async function closeServer(server: Server, logger: Logger): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A kept-alive connection turns idle when its last answer is out, which may be after close().
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const limit = setTimeout(() => {
    logger.warn("requests still open at shutdown are cut off");
    server.closeAllConnections();
  }, IN_FLIGHT_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
}

/** Resolves with the name of the first signal that asks the process to end; a second one ends it. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
        asked = true;
        resolve(signal);
      });
    }
  });
}
