/** Requests a minute per key, in this process; a burst of a tenth of them (at least 1) at once. */
export interface RateLimiter {
  /** Undefined: go on. Else how many seconds until the next one may. */
  take(key: string, perMinute: number, nowMs: number): number | undefined;
}

interface Bucket {
  /** When the next request would be on time, if they came evenly. */
  dueMs: number;
}

const MAX_KEYS = 50_000;
const MINUTE_MS = 60_000;

/** The virtual scheduling form of the leaky bucket: one number per key. */
export function createRateLimiter(): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    take(key, perMinute, nowMs) {
      const everyMs = MINUTE_MS / perMinute;
      const toleranceMs = everyMs * Math.max(Math.ceil(perMinute / 10) - 1, 0);
      const bucket = buckets.get(key) ?? { dueMs: nowMs };
      const waitMs = bucket.dueMs - nowMs - toleranceMs;
      if (waitMs > 0) return Math.ceil(waitMs / 1_000);
      bucket.dueMs = Math.max(bucket.dueMs, nowMs) + everyMs;
      if (buckets.size >= MAX_KEYS) buckets.clear();
      buckets.set(key, bucket);
      return undefined;
    },
  };
}
