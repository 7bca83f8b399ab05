import type { Db, Tx } from "#core/db/db.ts";
import { type AuditRecord, auditText, chainHash, GENESIS_HASH } from "./entry.ts";
import {
  type AuditHead,
  type AuditRow,
  appendTexts,
  findHead,
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
  return head && { position: head.position, hash: head.hash.toString("hex") };
}

export type Verification =
  | { readonly state: "intact"; readonly entries: bigint; readonly head: Head | undefined }
  | { readonly state: "broken"; readonly position: bigint; readonly reason: string };

const PAGE = 5_000;

/**
 * Recomputes the chain from its first entry and says where it first breaks. A tail that was cut
 * together with the head row is found only against a `published` head: one that left the database.
 */
export async function verifyAudit(db: Db, orgId: number, published?: Head): Promise<Verification> {
  // Read first: entries appended while this runs lie beyond it and are verified as well.
  const head = await findHead(db, orgId);
  let position = 0n;
  let hash: Buffer = GENESIS_HASH;
  let publishedSeen = published === undefined || published.position === 0n;
  let headSeen = head === undefined || (head.position === 0n && head.hash.equals(GENESIS_HASH));
  for (;;) {
    const rows = await listAfter(db, { orgId, position, limit: PAGE });
    for (const row of rows) {
      const fault = faultOf(orgId, row, position, hash);
      if (fault !== undefined) return fault;
      position = row.position;
      hash = row.hash;
      if (head?.position === position) headSeen = head.hash.equals(hash);
      if (published?.position === position) publishedSeen = published.hash === hash.toString("hex");
      if (published?.position === position && !publishedSeen) {
        return broken(position, "it differs from the published head: the log was rewritten");
      }
    }
    if (rows.length < PAGE) break;
  }
  if (!headSeen) return cutTail(position, head);
  if (!publishedSeen) {
    return broken(position + 1n, `the tail was cut: entry ${published?.position} was published`);
  }
  return {
    state: "intact",
    entries: position,
    head: position === 0n ? undefined : { position, hash: hash.toString("hex") },
  };
}

function broken(position: bigint, reason: string): Verification {
  return { state: "broken", position, reason };
}

function cutTail(position: bigint, head: AuditHead | undefined): Verification {
  return position >= (head?.position ?? 0n)
    ? broken(position, "the head row does not match the last entry")
    : broken(position + 1n, `the tail was cut: the head row is at ${head?.position}`);
}

function faultOf(
  orgId: number,
  row: AuditRow,
  position: bigint,
  hash: Buffer,
): Verification | undefined {
  if (row.position !== position + 1n) return broken(position + 1n, "the entry is missing");
  if (!row.previousHash.equals(hash)) {
    return broken(row.position, "it does not follow the entry before it");
  }
  if (!chainHash(orgId, row.position, row, hash).equals(row.hash)) {
    return broken(row.position, "the entry was changed");
  }
  return undefined;
}

/** The newest entries about a scope, person, key ..., newest first; page on with `before`. */
export function listAudit(
  db: Db,
  args: { orgId: number; subjects: readonly string[]; limit: number; before?: bigint },
): Promise<AuditRow[]> {
  return listAbout(db, { ...args, before: args.before ?? 9_223_372_036_854_775_807n });
}

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
