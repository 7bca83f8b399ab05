import { type Fact, makeFact, whereOf } from "../fact.ts";
import type { Entry } from "../reading/entry.ts";

const BATCH = /(?:^|\.)(?:batches\.(?:create|submit)|create_?(?:message_?)?batch|batch_create)$/i;

/** A call of a batch endpoint, once for all of its arguments. */
export function batchCall(entry: Entry, seen: Set<string>): Fact | undefined {
  const at = entry.path.findLastIndex(({ kind, name }) => kind === "call" && BATCH.test(name));
  if (at === -1) return undefined;
  const call = { ...entry, path: entry.path.slice(0, at + 1) };
  const where = whereOf(call);
  if (seen.has(where)) return undefined;
  seen.add(where);
  const why = "calls of a batch endpoint have a price of their own";
  const found = { value: "batch endpoint", confidence: "sure" as const, why };
  return makeFact(call, "params", "batch", found, "batch endpoint");
}
