import type { IncomingMessage } from "node:http";

/** Bytes of request bodies that are in memory at once; one process shares it. */
export interface BodyBudget {
  readonly perRequest: number;
  readonly total: number;
  used: number;
}

export function bodyBudget(perRequest = 32_000_000, total = 256_000_000): BodyBudget {
  return { perRequest, total, used: 0 };
}

/** gone: nobody waits for an answer any more. */
export type ReadBody = Buffer | "too_large" | "busy" | "gone";

interface Reading {
  readonly request: IncomingMessage;
  readonly budget: BodyBudget;
  readonly done: (read: ReadBody) => void;
  readonly chunks: Buffer[];
  size: number;
  isOver: boolean;
}

/**
 * Reads the whole body, or tells why not; what it took of the budget is given back when it was read.
 * `done` is called once.
 */
export function readBody(
  request: IncomingMessage,
  budget: BodyBudget,
  done: (read: ReadBody) => void,
): void {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > budget.perRequest) {
    done("too_large");
    return;
  }
  const reading: Reading = { request, budget, done, chunks: [], size: 0, isOver: false };
  request.on("data", (chunk: Buffer) => take(reading, chunk));
  request.on("end", () => {
    const [first] = reading.chunks;
    const isOne = first !== undefined && reading.chunks.length === 1;
    finish(reading, isOne ? first : Buffer.concat(reading.chunks));
  });
  request.on("close", () => finish(reading, "gone"));
}

function take(reading: Reading, chunk: Buffer): void {
  // What still comes of a body that was refused is let go.
  if (reading.isOver) return;
  const { budget, chunks } = reading;
  reading.size += chunk.length;
  budget.used += chunk.length;
  chunks.push(chunk);
  if (reading.size > budget.perRequest) finish(reading, "too_large");
  else if (budget.used > budget.total) finish(reading, "busy");
}

function finish(reading: Reading, read: ReadBody): void {
  if (reading.isOver) return;
  reading.isOver = true;
  reading.budget.used -= reading.size;
  reading.chunks.length = 0;
  reading.done(read);
}
