import type { Db, Tx } from "#core/db/db.ts";

/** An account on its surface: "slack:T1:U2" in parts. */
export interface AccountRef {
  readonly surface: string;
  readonly workspace: string;
  readonly account: string;
}

export type LinkProof = "workspace_email" | "email_code" | "operator";
export type CodePurpose = "link" | "command_line";

export async function findWorkspaceOrg(
  db: Db,
  surface: string,
  workspace: string,
): Promise<number | undefined> {
  const { rows } = await db.query<{ orgId: number }>(
    `select org_id as "orgId" from workspace where surface = $1 and workspace = $2`,
    [surface, workspace],
  );
  return rows[0]?.orgId;
}

/** False when the workspace belongs to another organisation already. */
export async function insertWorkspace(
  tx: Tx,
  orgId: number,
  surface: string,
  workspace: string,
  at: Date,
): Promise<boolean> {
  const { rows } = await tx.query<{ orgId: number }>(
    `insert into workspace (org_id, surface, workspace, connected_at) values ($1, $2, $3, $4)
     on conflict (surface, workspace) do update set connected_at = workspace.connected_at
     returning org_id as "orgId"`,
    [orgId, surface, workspace, at],
  );
  return rows[0]?.orgId === orgId;
}

/** $n is the instant: has the person of alias p not left by then, in the organisation's zone? */
function isHere(parameter: string): string {
  return `(p.left_on is null or p.left_on > (select (${parameter}::timestamptz at time zone
    o.time_zone)::date from organization o where o.id = p.org_id))`;
}

/** The person of an account, unless they left. */
export async function findLinkedPerson(
  db: Db,
  orgId: number,
  ref: AccountRef,
  now: Date,
): Promise<number | undefined> {
  const { rows } = await db.query<{ personId: number }>(
    `select l.person_id as "personId" from account_link l
     join person p on p.org_id = l.org_id and p.id = l.person_id
     where l.org_id = $1 and l.surface = $2 and l.workspace = $3 and l.account = $4
       and ${isHere("$5")}`,
    [orgId, ref.surface, ref.workspace, ref.account, now],
  );
  return rows[0]?.personId;
}

/**
 * A person in the organisation's own records, by e-mail; nobody who left, nobody merely metered.
 */
export async function findMemberByEmail(
  db: Db,
  orgId: number,
  email: string,
  now: Date,
): Promise<number | undefined> {
  const { rows } = await db.query<{ personId: number }>(
    `select d.person_id as "personId" from person_detail d
     join person p on p.org_id = d.org_id and p.id = d.person_id
     where d.org_id = $1 and d.email = lower($2) and p.origin <> 'usage' and ${isHere("$3")}`,
    [orgId, email, now],
  );
  return rows[0]?.personId;
}

export async function upsertLink(
  tx: Tx,
  orgId: number,
  ref: AccountRef,
  personId: number,
  proof: LinkProof,
  at: Date,
): Promise<void> {
  await tx.query(
    `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (org_id, surface, workspace, account)
     do update set person_id = excluded.person_id, proof = excluded.proof,
       linked_at = excluded.linked_at`,
    [orgId, ref.surface, ref.workspace, ref.account, personId, proof, at],
  );
}

export interface CodeRow {
  readonly id: number;
  readonly personId: number;
  readonly salt: Buffer;
  readonly codeHash: Buffer;
}

export async function countCodesSince(
  db: Db,
  orgId: number,
  purpose: CodePurpose,
  account: string,
  since: Date,
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from one_time_code
     where org_id = $1 and purpose = $2 and account = $3 and created_at > $4`,
    [orgId, purpose, account, since],
  );
  return rows[0]?.count ?? 0;
}

export async function insertCode(
  db: Db,
  code: {
    orgId: number;
    purpose: CodePurpose;
    account: string;
    /** Undefined: of an address that nobody has; counted, and never redeemed. */
    personId: number | undefined;
    salt: Buffer;
    codeHash: Buffer;
    createdAt: Date;
    expiresAt: Date;
    attempts: number;
  },
): Promise<void> {
  await db.query(
    `insert into one_time_code (org_id, purpose, account, person_id, salt, code_hash, created_at,
       expires_at, attempts_left) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      code.orgId,
      code.purpose,
      code.account,
      code.personId,
      code.salt,
      code.codeHash,
      code.createdAt,
      code.expiresAt,
      code.attempts,
    ],
  );
}

/** Codes that may still be redeemed; each attempt at them is counted by `spendAttempt`. */
export async function listLiveCodes(
  tx: Tx,
  orgId: number,
  purpose: CodePurpose,
  by: { account: string } | { personId: number },
  now: Date,
): Promise<CodeRow[]> {
  const { rows } = await tx.query<CodeRow>(
    `select c.id, c.person_id as "personId", c.salt, c.code_hash as "codeHash"
     from one_time_code c join person p on p.org_id = c.org_id and p.id = c.person_id
     where c.org_id = $1 and c.purpose = $2 and c.used_at is null and c.expires_at > $3
       and c.attempts_left > 0 and ($4::text is null or c.account = $4)
       and ($5::int is null or c.person_id = $5) and ${isHere("$3")}
     order by c.id desc limit 5 for update of c`,
    [
      orgId,
      purpose,
      now,
      "account" in by ? by.account : null,
      "personId" in by ? by.personId : null,
    ],
  );
  return rows;
}

export async function spendAttempt(tx: Tx, orgId: number, ids: readonly number[]): Promise<void> {
  await tx.query(
    `update one_time_code set attempts_left = attempts_left - 1
     where org_id = $1 and id = any ($2::int[])`,
    [orgId, ids],
  );
}

export async function useCode(tx: Tx, orgId: number, id: number, at: Date): Promise<void> {
  await tx.query("update one_time_code set used_at = $3 where org_id = $1 and id = $2", [
    orgId,
    id,
    at,
  ]);
}

export async function deleteAccountLinks(
  tx: Tx,
  args: { orgId: number; personId: number },
): Promise<number> {
  const { rowCount } = await tx.query(
    "delete from account_link where org_id = $1 and person_id = $2",
    [args.orgId, args.personId],
  );
  return rowCount ?? 0;
}

export async function deleteCodes(
  tx: Tx,
  args: { orgId: number; personId: number },
): Promise<number> {
  const { rowCount } = await tx.query(
    "delete from one_time_code where org_id = $1 and person_id = $2",
    [args.orgId, args.personId],
  );
  return rowCount ?? 0;
}
