import { priceUsage } from "#core/pricing/cost.ts";
import type { Clock } from "#core/time.ts";
import { callLine, readCallLine } from "./call-line.ts";
import { type CallShape, isOfShape, quarterOf, shapeOf } from "./call-shape.ts";
import { costColumns } from "./draft.ts";
import type { Names } from "./names.ts";
import { isBeyond, type OrgContext } from "./prepare.ts";
import type { UsageEvent } from "./schema.ts";

/**
 * Calls that wait to be booked, as finished lines. Whoever meters in the path of requests has no
 * time for a batch of them at once, and no room for objects that outlive their request.
 */
export interface CallLines {
  add(event: UsageEvent): void;
  readonly count: () => number;
  /** All that was added since the last time. */
  take(): TakenCalls;
  /** What calls are attributed and priced by from now on. */
  follow(context: OrgContext): void;
}

export interface TakenCalls {
  readonly count: number;
  /** Which snapshot of the organisation the lines were made by. */
  readonly context: OrgContext | undefined;
  readonly shapes: readonly CallShape[];
  readonly lines: readonly Buffer[];
  /** Calls that no line could be made of. */
  readonly loose: readonly UsageEvent[];
}

interface Chunk {
  readonly bytes: Buffer;
  used: number;
}

interface Pending {
  readonly number: number;
  context: OrgContext | undefined;
  count: number;
  readonly shapes: CallShape[];
  readonly chunks: Chunk[];
  readonly loose: UsageEvent[];
}

/** A shape, and its ordinal in the batch that it was last used in. */
interface Known {
  readonly shape: CallShape;
  batch: number;
  ordinal: number;
}

const CHUNK_BYTES = 65_536;
/** Of one key: tags make more of them, and so does every quarter of an hour. */
const KEPT_SHAPES = 32;
const KEPT_KEYS = 10_000;

export function createCallLines(names: Pick<Names, "idOf" | "knows">, clock: Clock): CallLines {
  const state = { context: undefined as OrgContext | undefined, pending: newPending(0) };
  const known = new Map<string, Known[]>();
  const find = (
    context: OrgContext,
    event: UsageEvent,
    quarter: number,
    from: string | undefined,
  ) => {
    const key = event.key ?? "";
    let near = known.get(key);
    for (const one of near ?? []) {
      const { shape } = one;
      if (shape.quarter !== quarter || shape.provenance !== from) continue;
      if (isOfShape(shape, event)) return one;
    }
    const shape = shapeOf(context, names, event, clock());
    if (shape === undefined) return undefined;
    if (known.size >= KEPT_KEYS) known.clear();
    if (near === undefined || near.length >= KEPT_SHAPES) near = [];
    const made: Known = { shape, batch: -1, ordinal: 0 };
    near.push(made);
    known.set(key, near);
    return made;
  };
  const write = (context: OrgContext, event: UsageEvent): boolean => {
    const at = new Date(event.occurredAt);
    const { provider, model, serviceTier, region, tokens, requestCount } = event;
    const usage = { provider, model, at, serviceTier, region, tokens, requestCount };
    const costs = costColumns(event, priceUsage(context.priceBook, usage), null, "price");
    if (isBeyond(costs)) return false;
    const found = find(context, event, quarterOf(at.getTime()), costs.provenance);
    if (found === undefined) return false;
    const { pending } = state;
    if (found.batch !== pending.number) {
      found.batch = pending.number;
      found.ordinal = pending.shapes.push(found.shape) - 1;
    }
    keep(pending.chunks, callLine(found.ordinal, event, costs));
    return true;
  };
  return {
    add(event) {
      const { context, pending } = state;
      if (pending.count === 0) pending.context = context;
      pending.count += 1;
      // Lines of two snapshots are not mixed: see what becomes of those that are loose.
      const isWritten =
        context !== undefined && context === pending.context && write(context, event);
      if (!isWritten) pending.loose.push(event);
    },
    count: () => state.pending.count,
    take() {
      const { count, context, shapes, chunks, loose, number } = state.pending;
      state.pending = newPending(number + 1);
      const lines = chunks.map(({ bytes, used }) => bytes.subarray(0, used));
      return { count, context, shapes, lines, loose };
    },
    follow(context) {
      if (context === state.context) return;
      state.context = context;
      known.clear();
    },
  };
}

function newPending(number: number): Pending {
  return { number, context: undefined, count: 0, shapes: [], chunks: [], loose: [] };
}

/** Outside of the heap: what waits a tenth of a second there is copied twice, and then it is garbage. */
function keep(chunks: Chunk[], line: string): void {
  // UTF-8 has at most three bytes for a char.
  const most = line.length * 3;
  let chunk = chunks.at(-1);
  if (chunk === undefined || chunk.bytes.length - chunk.used < most) {
    chunk = { bytes: Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, most)), used: 0 };
    chunks.push(chunk);
  }
  chunk.used += chunk.bytes.write(line, chunk.used);
}

/** The calls again, for the way that all others go. */
export function eventsOf({ lines, shapes, loose }: TakenCalls): UsageEvent[] {
  const events = lines.flatMap((chunk) =>
    chunk
      .toString()
      .split("\n")
      .flatMap((line) => (line === "" ? [] : readCallLine(line, shapes))),
  );
  return [...events, ...loose];
}
