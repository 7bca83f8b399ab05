import { hkdfSync } from "node:crypto";
import type { Pool } from "pg";
import type { Db } from "#core/db/db.ts";
import type { SealedSecret, SealedSecrets } from "./reseal.ts";
import type { SecretBox } from "./secret-box.ts";

const about = (orgId: number) => `org:${orgId}:end_user`;

/**
 * The 32 bytes that hash an organisation's end users (domain.md section 6). Made once and kept
 * sealed, so that a customer's user keeps its id when AISPEND_SECRET_KEY is rotated.
 * Throws `secret_unreadable` when it was sealed with a key that is not known any more.
 */
export async function loadEndUserKey(pool: Pool, box: SecretBox, orgId: number): Promise<Buffer> {
  const sealed = (await findSealed(pool, orgId)) ?? (await makeSealed(pool, box, orgId));
  const key = box.open(sealed, about(orgId));
  if (box.isOld(sealed)) await replaceSealed(pool, orgId, sealed, box.seal(key, about(orgId)));
  return Buffer.from(key, "base64");
}

async function makeSealed(pool: Pool, box: SecretBox, orgId: number): Promise<string> {
  const label = `aispend end user ${orgId}`;
  const key = Buffer.from(hkdfSync("sha256", box.currentKey, new Uint8Array(), label, 32));
  await insertSealed(pool, orgId, box.seal(key.toString("base64"), about(orgId)));
  // Another process may have been first.
  const kept = await findSealed(pool, orgId);
  if (kept === undefined) throw new Error("it was inserted, here or by another");
  return kept;
}

async function findSealed(db: Db, orgId: number): Promise<string | undefined> {
  const { rows } = await db.query<{ sealed: string }>(
    "select sealed from org_secret where org_id = $1 and purpose = 'end_user'",
    [orgId],
  );
  return rows[0]?.sealed;
}

async function insertSealed(db: Db, orgId: number, sealed: string): Promise<void> {
  await db.query(
    `insert into org_secret (org_id, purpose, sealed) values ($1, 'end_user', $2)
     on conflict (org_id, purpose) do nothing`,
    [orgId, sealed],
  );
}

async function replaceSealed(db: Db, orgId: number, old: string, sealed: string): Promise<void> {
  await db.query(
    `update org_secret set sealed = $3
     where org_id = $1 and purpose = 'end_user' and sealed = $2`,
    [orgId, old, sealed],
  );
}

/** The same keys of all organisations; an organisation has one, so that its name is its purpose. */
export const END_USER_KEYS: SealedSecrets = {
  said: "keys that hash customers' users",
  async list(db: Db) {
    const { rows } = await db.query<SealedSecret>(
      `select org_id as "orgId", purpose as name, sealed from org_secret
       where purpose = 'end_user' order by org_id`,
    );
    return rows;
  },
  replace: (db, { orgId, sealed }, anew) => replaceSealed(db, orgId, sealed, anew),
  about,
};
