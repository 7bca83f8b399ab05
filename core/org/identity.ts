import type { Pool } from "pg";
import type { AuditRecord } from "#core/audit/entry.ts";
import { record } from "#core/audit/service.ts";
import type { Db, Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import {
  type AccountRef,
  type CodePurpose,
  countCodesSince,
  findLinkedPerson,
  findMemberByEmail,
  findWorkspaceOrg,
  insertCode,
  insertWorkspace,
  type LinkProof,
  listLiveCodes,
  spendAttempt,
  upsertLink,
  useCode,
} from "./identity-store.ts";
import { isCode, makeCode } from "./one-time-code.ts";

const CODE_MINUTES = 15;
const ATTEMPTS = 5;
const CODES_PER_HOUR = 5;
const MINUTE_MS = 60_000;

/** "slack:T1:U2" in its parts. Throws `account_invalid`. */
export function parseAccount(account: string): AccountRef {
  const [surface, workspace, ...rest] = account.split(":");
  if (!surface || !workspace || rest.length === 0 || rest.join(":") === "") {
    throw new AispendError("account_invalid", `'${account}' is not an account`, {
      help: "Write surface:workspace:user, such as slack:T1:U2.",
    });
  }
  return { surface, workspace, account: rest.join(":") };
}

/** The organisation of a Slack team or enterprise, or of a Teams tenant. */
export async function resolveWorkspace(
  db: Db,
  surface: "slack" | "teams",
  workspace: string,
): Promise<number | undefined> {
  return findWorkspaceOrg(db, surface, workspace);
}

/** Says whose workspace it is. Throws `workspace_taken` when another organisation has it. */
export async function connectWorkspace(
  pool: Pool,
  orgId: number,
  surface: "slack" | "teams",
  workspace: string,
  now: Date,
): Promise<void> {
  if ((await findWorkspaceOrg(pool, surface, workspace)) === orgId) return;
  await transaction(pool, async (tx) => {
    if (!(await insertWorkspace(tx, orgId, surface, workspace, now))) {
      throw new AispendError("workspace_taken", `${surface} ${workspace} has an organisation`, {
        kind: "conflict",
      });
    }
    await record(tx, {
      orgId,
      actor: "operator",
      actorAccount: `${surface}:${workspace}`,
      surface,
      action: "workspace.connected",
      subject: `workspace:${surface}:${workspace}`,
      after: null,
      at: now,
    });
  });
}

/**
 * Who an account is: linked before, or linked now by the e-mail that the workspace itself
 * confirms of a full member (design.md 4.12). Undefined: not linked, and nothing proves who it
 * is. An e-mail that a person typed is no proof and must never be passed here.
 */
export async function resolvePerson(
  pool: Pool,
  orgId: number,
  account: string,
  confirmedEmail: string | undefined,
  now: Date,
): Promise<number | undefined> {
  const ref = parseAccount(account);
  const linked = await findLinkedPerson(pool, orgId, ref, now);
  if (linked !== undefined || confirmedEmail === undefined) return linked;
  const personId = await findMemberByEmail(pool, orgId, confirmedEmail, now);
  if (personId === undefined) return undefined;
  await transaction(pool, (tx) => link(tx, orgId, account, personId, "workspace_email", now));
  return personId;
}

async function link(
  tx: Tx,
  orgId: number,
  account: string,
  personId: number,
  proof: LinkProof,
  now: Date,
): Promise<void> {
  const ref = parseAccount(account);
  await upsertLink(tx, orgId, ref, personId, proof, now);
  await record(tx, {
    orgId,
    actor: proof === "operator" ? "operator" : personId,
    actorAccount: account,
    surface: ref.surface,
    action: "account.linked",
    subject: `person:${personId}`,
    after: { account, proof },
    at: now,
  } satisfies AuditRecord);
}

/** The operator vouches for the person: `aispend link`. Throws `person_not_found`. */
export async function linkAsOperator(
  pool: Pool,
  orgId: number,
  account: string,
  email: string,
  now: Date,
): Promise<number> {
  const personId = await findMemberByEmail(pool, orgId, email, now);
  if (personId === undefined) {
    throw new AispendError("person_not_found", `no person has the e-mail ${email}`, {
      kind: "not_found",
      help: "Add them to aispend.yaml and apply it.",
    });
  }
  await transaction(pool, (tx) => link(tx, orgId, account, personId, "operator", now));
  return personId;
}

/**
 * A code to be sent to the address, and to nobody else. Undefined when no person has it: the answer
 * to the asker must be the same in both cases. Throws `too_many_codes`.
 */
export async function requestLinkCode(
  pool: Pool,
  orgId: number,
  account: string,
  email: string,
  now: Date,
): Promise<string | undefined> {
  await refuseTooMany(pool, orgId, "link", account, now);
  const personId = await findMemberByEmail(pool, orgId, email, now);
  if (personId !== undefined) return issueCode(pool, orgId, "link", account, personId, now);
  // Counted like a code that was sent: a limit that only known addresses reach would tell them.
  await insertCode(pool, codeOf(orgId, "link", account, undefined, now).row);
  return undefined;
}

/** A code by which the command line may act as this person; shown to them alone, in chat. */
export async function requestCommandLineCode(
  pool: Pool,
  orgId: number,
  account: string,
  personId: number,
  now: Date,
): Promise<string> {
  await refuseTooMany(pool, orgId, "command_line", account, now);
  return issueCode(pool, orgId, "command_line", account, personId, now);
}

async function refuseTooMany(
  db: Db,
  orgId: number,
  purpose: CodePurpose,
  account: string,
  now: Date,
): Promise<void> {
  const since = new Date(now.getTime() - 60 * MINUTE_MS);
  if ((await countCodesSince(db, orgId, purpose, account, since)) < CODES_PER_HOUR) return;
  throw new AispendError("too_many_codes", `${CODES_PER_HOUR} codes were asked for in an hour`, {
    kind: "rate_limited",
    help: "Wait an hour, or ask your operator to run: aispend link.",
  });
}

function codeOf(
  orgId: number,
  purpose: CodePurpose,
  account: string,
  personId: number | undefined,
  now: Date,
) {
  const { code, salt, hash } = makeCode();
  const row = {
    orgId,
    purpose,
    account,
    personId,
    salt,
    codeHash: hash,
    createdAt: now,
    expiresAt: new Date(now.getTime() + CODE_MINUTES * MINUTE_MS),
    attempts: personId === undefined ? 0 : ATTEMPTS,
  };
  return { code, row };
}

async function issueCode(
  pool: Pool,
  orgId: number,
  purpose: CodePurpose,
  account: string,
  personId: number,
  now: Date,
): Promise<string> {
  const { code, row } = codeOf(orgId, purpose, account, personId, now);
  await transaction(pool, async (tx) => {
    await insertCode(tx, row);
    await record(tx, {
      orgId,
      actor: personId,
      actorAccount: account,
      surface: account.split(":")[0] ?? account,
      action: `${purpose}_code.issued`,
      subject: `person:${personId}`,
      after: null,
      at: now,
    });
  });
  return code;
}

/**
 * Links the account that asked for the code. Undefined: wrong, used, expired or tried too often.
 */
export async function redeemLinkCode(
  pool: Pool,
  orgId: number,
  account: string,
  typed: string,
  now: Date,
): Promise<number | undefined> {
  return transaction(pool, async (tx) => {
    const personId = await redeem(tx, orgId, "link", { account }, typed, now);
    if (personId !== undefined) await link(tx, orgId, account, personId, "email_code", now);
    return personId;
  });
}

/** Proves that whoever types the code is the person it was shown to. */
export async function redeemCommandLineCode(
  pool: Pool,
  orgId: number,
  personId: number,
  typed: string,
  now: Date,
): Promise<boolean> {
  return transaction(pool, async (tx) => {
    const found = await redeem(tx, orgId, "command_line", { personId }, typed, now);
    return found === personId;
  });
}

async function redeem(
  tx: Tx,
  orgId: number,
  purpose: CodePurpose,
  by: { account: string } | { personId: number },
  typed: string,
  now: Date,
): Promise<number | undefined> {
  const codes = await listLiveCodes(tx, orgId, purpose, by, now);
  if (codes.length === 0) return undefined;
  const match = codes.find(({ salt, codeHash }) => isCode(typed, salt, codeHash));
  if (match === undefined) {
    const ids = codes.map(({ id }) => id);
    await spendAttempt(tx, orgId, ids);
  } else await useCode(tx, orgId, match.id, now);
  await record(tx, {
    orgId,
    actor: match?.personId ?? "system",
    actorAccount: "account" in by ? by.account : undefined,
    action: `${purpose}_code.${match === undefined ? "refused" : "used"}`,
    subject: match === undefined ? subjectOf(by) : `person:${match.personId}`,
    at: now,
  });
  return match?.personId;
}

function subjectOf(by: { account: string } | { personId: number }): string {
  return "account" in by ? `account:${by.account}` : `person:${by.personId}`;
}
