import type { UsageEvent } from "#core/ledger/schema.ts";

/** What the ledger takes in one transaction, and what pays best. */
export const BATCH_ROWS = 10_000;
/** Two connections keep the database busy; more gained nothing when measured. */
const IN_FLIGHT = 2;

/** Events with the row (from 1) and the line that each came from. */
export interface Batch {
  readonly events: UsageEvent[];
  readonly rows: number[];
  readonly lines: number[];
}

export function emptyBatch(): Batch {
  return { events: [], rows: [], lines: [] };
}

export function addTo(batch: Batch, event: UsageEvent, row: number, line: number): void {
  batch.events.push(event);
  batch.rows.push(row);
  batch.lines.push(line);
}

function cut(batch: Batch, rows: number): Batch {
  return {
    events: batch.events.splice(0, rows),
    rows: batch.rows.splice(0, rows),
    lines: batch.lines.splice(0, rows),
  };
}

export interface Batches {
  /** What is not sent yet: add to it, and call `send` when it is full. */
  readonly waiting: Batch;
  full(): boolean;
  /** Sends full batches; `whole`: also a last one that is not, and waits until all are settled. */
  send(whole: boolean): Promise<void>;
}

/**
 * Cuts events into batches and keeps two on their way. Batches settle in order, so that what
 * `settled` was told of is stored together with everything before it.
 */
export function createBatches<T>(
  batchRows: number,
  deliver: (batch: Batch) => Promise<T>,
  settled: (result: T, batch: Batch) => Promise<void>,
): Batches {
  const waiting = emptyBatch();
  const flying: { batch: Batch; result: Promise<T> }[] = [];
  const settleFirst = async () => {
    const first = flying.shift();
    if (first !== undefined) await settled(await first.result, first.batch);
  };
  return {
    waiting,
    full: () => waiting.events.length >= batchRows,
    async send(whole) {
      while (waiting.events.length >= batchRows || (whole && waiting.events.length > 0)) {
        const batch = cut(waiting, batchRows);
        if (flying.length >= IN_FLIGHT) await settleFirst();
        const result = deliver(batch);
        // A failure is met where the batch is settled, which may be later than it happens.
        result.catch(() => undefined);
        flying.push({ batch, result });
      }
      while (whole && flying.length > 0) await settleFirst();
    },
  };
}
