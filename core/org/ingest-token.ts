import { createHash, randomBytes } from "node:crypto";
import type { Pool } from "pg";
import type { AuditRecord } from "#core/audit/entry.ts";
import { record } from "#core/audit/service.ts";
import type { Db, Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import {
  findIngestTokenByHash,
  type IngestTokenRow,
  insertIngestToken,
  listIngestTokenRows,
  listKnownScopes,
  markRevoked,
  touchIngestToken,
} from "./ingest-token-store.ts";

/** Who does it, as the audit log names them. */
export type TokenActor = Pick<AuditRecord, "actor" | "actorAccount" | "surface">;

export function hashIngestToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

export interface NewIngestToken {
  readonly orgId: number;
  readonly name: string;
  /** Scopes that it may write; empty = all of the organisation. */
  readonly scopeIds: readonly number[];
}

/**
 * Makes a bearer token for usage feeds. The token itself is returned here and stored nowhere.
 * Throws `scope_not_found`.
 */
export async function issueIngestToken(
  pool: Pool,
  wanted: NewIngestToken,
  by: TokenActor,
  now: Date,
): Promise<{ id: number; token: string }> {
  const token = `aispend_${randomBytes(32).toString("base64url")}`;
  const id = await transaction(pool, async (tx) => {
    await refuseUnknownScopes(tx, wanted.orgId, wanted.scopeIds);
    const createdBy = String(by.actor);
    const hash = hashIngestToken(token);
    const made = await insertIngestToken(tx, { ...wanted, hash, createdBy, createdAt: now });
    await record(tx, {
      ...by,
      orgId: wanted.orgId,
      action: "ingest_token.issued",
      subject: `ingest_token:${made}`,
      after: { scopeIds: wanted.scopeIds },
      at: now,
    });
    return made;
  });
  return { id, token };
}

async function refuseUnknownScopes(tx: Tx, orgId: number, ids: readonly number[]): Promise<void> {
  const known = new Set(await listKnownScopes(tx, orgId, ids));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown === undefined) return;
  throw new AispendError("scope_not_found", `this organisation has no scope ${unknown}`, {
    kind: "not_found",
    help: "List its scopes with: aispend org export.",
  });
}

/** The token by the sha256 of what was sent; undefined when it is unknown or revoked. */
export async function findIngestToken(
  db: Db,
  hash: Buffer,
  now: Date,
): Promise<IngestTokenRow | undefined> {
  const token = await findIngestTokenByHash(db, hash);
  if (token !== undefined) await touchIngestToken(db, token.orgId, token.id, now);
  return token;
}

export async function listIngestTokens(db: Db, orgId: number): Promise<IngestTokenRow[]> {
  return listIngestTokenRows(db, orgId);
}

/** Throws `ingest_token_not_found` when there is none or it was revoked before. */
export async function revokeIngestToken(
  pool: Pool,
  orgId: number,
  id: number,
  by: TokenActor,
  now: Date,
): Promise<void> {
  await transaction(pool, async (tx) => {
    if (!(await markRevoked(tx, orgId, id, now))) {
      throw new AispendError("ingest_token_not_found", `there is no live ingest token ${id}`, {
        kind: "not_found",
        help: "List them: aispend token list.",
      });
    }
    await record(tx, {
      ...by,
      orgId,
      action: "ingest_token.revoked",
      subject: `ingest_token:${id}`,
      after: null,
      at: now,
    });
  });
}
