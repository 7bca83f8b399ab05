import type { Pool } from "pg";
import type { Tx } from "./db.ts";

const RETRYABLE = new Set(["40P01", "40001"]);
const ATTEMPTS = 5;

function isRetryable(error: unknown): boolean {
  return error instanceof Error && RETRYABLE.has(String((error as { code?: unknown }).code));
}

/**
 * Runs `work` in one transaction and commits it; rolls back and rethrows when it throws. A deadlock
 * or serialization failure is retried, so `work` may run more than once and must not act outside
 * the transaction.
 */
export async function transaction<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect();
    let broken: Error | undefined;
    // A connection may be lost between two statements; unheard, that would end the process.
    const lose = (error: Error): void => {
      broken = error;
    };
    client.on("error", lose);
    try {
      await client.query("begin");
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      broken = (await rollback(client)) ?? broken;
      if (attempt >= ATTEMPTS || !isRetryable(error)) throw error;
    } finally {
      client.off("error", lose);
      client.release(broken);
    }
  }
}

/** The error means that the connection is lost and must not go back to the pool. */
async function rollback(client: Tx): Promise<Error | undefined> {
  try {
    await client.query("rollback");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Runs `work` as `transaction` would, and rolls it back: what would come of it, to the last row. */
export async function rehearse<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    return await work(client);
  } finally {
    broken = await rollback(client);
    client.release(broken);
  }
}
