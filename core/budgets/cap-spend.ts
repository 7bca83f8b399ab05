import type { Db } from "../db/db.ts";
import type { Budget } from "./schema.ts";

/**
 * What the gateway counted against each cap in its running period, by the version's id, in nano-USD: what
 * was settled and what is unconfirmed. A cap that is missing was never counted, which is not 0. Where
 * no gateway is wired there is no such reader, and caps are shown without a figure.
 */
export type ReadCapSpend = (
  db: Db,
  args: { readonly orgId: number; readonly caps: readonly Budget[]; readonly now: Date },
) => Promise<ReadonlyMap<number, bigint>>;
