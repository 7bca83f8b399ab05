import type { FindingClass } from "./schema.ts";

export interface Crowd {
  readonly requests: number;
  readonly usualRequests: number;
  /** Distinct callers; undefined or 0 where the ledger does not know them. */
  readonly callers: number | undefined;
  readonly usualCallers: number | undefined;
}

/** Callers must grow by half of what the requests grow by; a handful of them is no launch. */
const ALIKE = 0.5;
const FEWEST = 5;

/**
 * domain.md section 4: requests and users jump alike: a launch, no alert. Few users, or nobody that
 * the ledger knows: a runaway loop or a retry storm.
 */
export function classOfSpike(crowd: Crowd): Extract<FindingClass, "launch" | "runaway_loop"> {
  const { requests, usualRequests, callers = 0, usualCallers = 0 } = crowd;
  if (callers < FEWEST || usualRequests <= 0) return "runaway_loop";
  const requestsGrew = requests / usualRequests;
  const callersGrew = callers / Math.max(1, usualCallers);
  return callersGrew >= Math.max(1.5, ALIKE * requestsGrew) ? "launch" : "runaway_loop";
}
