/** How much of a cap a process takes at a time, at most: a fiftieth. */
const SLICE_PART = 50n;

/**
 * How much more a process may be granted of a row. `wants`: what its waiting requests need beyond what it
 * has, each; they are served in their order as far as there is room, and a request that does not fit is
 * left out: half of it would only be missing to others. On top comes a slice, at most 2% of the cap and
 * at most a fair part of half of what remains, so that near the cap requests are held one by one.
 */
export function grantOf(args: {
  limit: bigint;
  room: bigint;
  free: bigint;
  wants: readonly bigint[];
  replicas: number;
}): bigint {
  const { limit, room, free, wants, replicas } = args;
  if (room <= 0n) return 0n;
  let needed = 0n;
  for (const want of wants) {
    if (needed + want <= free + room) needed += want;
  }
  // A slice for nobody would only be missing to others.
  if (needed === 0n) return 0n;
  const missing = needed > free ? needed - free : 0n;
  return missing + sliceOf(limit, room - missing, replicas);
}

export function sliceOf(limit: bigint, room: bigint, replicas: number): bigint {
  if (room <= 0n) return 0n;
  const part = limit / SLICE_PART;
  const fair = room / (2n * BigInt(Math.max(replicas, 1)));
  return part < fair ? part : fair;
}

/** What a process should give back of what it has and does not use, when only `room` is left for all. */
export function surplusOf(args: {
  limit: bigint;
  room: bigint;
  free: bigint;
  replicas: number;
}): bigint {
  const { limit, room, free, replicas } = args;
  const keep = sliceOf(limit, room + free, replicas);
  // Away from the cap nobody misses it.
  if (keep >= limit / SLICE_PART) return 0n;
  return free > keep ? free - keep : 0n;
}
