import type { Clock } from "#core/time.ts";

export interface BoundedMemory<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
}

/** Remembers the last `max` entries for `keepMs`; the oldest go first. */
export function createBoundedMemory<V>(
  max: number,
  keepMs: number,
  clock: Clock,
): BoundedMemory<V> {
  const kept = new Map<string, { value: V; until: number }>();
  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined || found.until > clock().getTime()) return found?.value;
      kept.delete(key);
      return undefined;
    },
    set(key, value) {
      kept.delete(key);
      kept.set(key, { value, until: clock().getTime() + keepMs });
      const oldest = kept.keys().next().value;
      if (kept.size > max && oldest !== undefined) kept.delete(oldest);
    },
    delete(key) {
      kept.delete(key);
    },
  };
}

/** One look-up at a time per key, and one per `keepMs`; a failure is not remembered. */
export async function remembered<V>(
  memory: BoundedMemory<Promise<V>>,
  key: string,
  find: () => Promise<V>,
): Promise<V> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const finding = find();
  memory.set(key, finding);
  try {
    return await finding;
  } catch (error) {
    memory.delete(key);
    throw error;
  }
}
