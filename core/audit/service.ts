import { createHash } from "node:crypto";
import type { Db, Tx } from "#core/db/db.ts";
import { type AuditRecord, auditText } from "./entry.ts";
import {
  type AuditHead,
  type AuditRow,
  appendTexts,
  type ChainFault,
  findFirstFault,
  findHead,
  findLink,
  listAbout,
  listAfter,
} from "./store.ts";

/** Appends one entry in the caller's transaction: the change and its entry stand or fall together. */
export async function record(tx: Tx, entry: AuditRecord): Promise<void> {
  await appendTexts(tx, entry.orgId, [auditText(entry)]);
}

const BATCH = 1_000;

/** Appends the entries of one organisation in their order, in few round trips. */
export async function recordAll(
  tx: Tx,
  orgId: number,
  entries: readonly Omit<AuditRecord, "orgId">[],
): Promise<void> {
  for (let start = 0; start < entries.length; start += BATCH) {
    const batch = entries.slice(start, start + BATCH);
    await appendTexts(
      tx,
      orgId,
      batch.map((entry) => auditText({ ...entry, orgId })),
    );
  }
}

export interface Head {
  readonly position: bigint;
  /** Hex, as it is published in digests. */
  readonly hash: string;
}

/** The end of the chain; kept elsewhere, it proves that no tail was cut. Absent: nothing logged. */
export async function findAuditHead(db: Db, orgId: number): Promise<Head | undefined> {
  const head = await findHead(db, orgId);
  return head && hexHead(head);
}

export type Verification =
  | { readonly state: "intact"; readonly entries: bigint; readonly head: Head | undefined }
  | { readonly state: "broken"; readonly position: bigint; readonly reason: string };

const GENESIS_HASH = createHash("sha256").update("").digest();

const FAULTS = {
  missing: "the entry is missing",
  unlinked: "it does not follow the entry before it",
  changed: "the entry was changed",
} satisfies Record<ChainFault["fault"], string>;

/**
 * Recomputes the chain from its first entry and says where it first breaks. A tail that was cut
 * together with the head row is found only against a `published` head: one that left the database.
 */
export async function verifyAudit(db: Db, orgId: number, published?: Head): Promise<Verification> {
  // Read first: entries appended while this runs lie beyond it and are verified as well.
  const head = await findHead(db, orgId);
  const fault = await findFirstFault(db, orgId);
  if (fault !== undefined) return broken(fault.position, FAULTS[fault.fault]);
  const last = await findLink(db, { orgId });
  const end = last?.position ?? 0n;
  if (head !== undefined && head.position > end) {
    return broken(end + 1n, `the tail was cut: the head row is at ${head.position}`);
  }
  const atHead = head && (await findLink(db, { orgId, position: head.position }));
  const headHash = atHead?.hash ?? GENESIS_HASH;
  if (end > 0n && (head === undefined || !head.hash.equals(headHash))) {
    return broken(end, "the head row does not match its entry");
  }
  if (published !== undefined && published.position > end) {
    return broken(end + 1n, `the tail was cut: entry ${published.position} was published`);
  }
  const atPublished = published && (await findLink(db, { orgId, position: published.position }));
  if (atPublished !== undefined && atPublished.hash.toString("hex") !== published?.hash) {
    return broken(atPublished.position, "it differs from the published head: it was rewritten");
  }
  return { state: "intact", entries: end, head: last && hexHead(last) };
}

function broken(position: bigint, reason: string): Verification {
  return { state: "broken", position, reason };
}

function hexHead(head: AuditHead): Head {
  return { position: head.position, hash: head.hash.toString("hex") };
}

/** The newest entries about a scope, person, key ..., newest first; page on with `before`. */
export function listAudit(
  db: Db,
  args: { orgId: number; subjects: readonly string[]; limit: number; before?: bigint },
): Promise<AuditRow[]> {
  return listAbout(db, { ...args, before: args.before ?? 9_223_372_036_854_775_807n });
}

const PAGE = 1_000;

/** The whole log in its order, a page at a time: what `aispend audit export` writes. */
export async function* readAudit(db: Db, orgId: number): AsyncGenerator<AuditRow> {
  let position = 0n;
  for (;;) {
    const rows = await listAfter(db, { orgId, position, limit: PAGE });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    position = last.position;
  }
}
