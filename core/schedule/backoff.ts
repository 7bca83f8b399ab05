/** How often and how patiently something is tried before a person is asked. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Waiting time after the given failed attempt (from 1): doubles from `firstMs` up to `maxMs`. */
export function backoffMs(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(attempt - 1, 40));
}

/** What went wrong in one line that can be stored and shown: no stack, at most 500 characters. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll("\0", "").replace(/\s+/g, " ").trim().slice(0, 500) || "no reason given";
}
