import { invariant } from "#core/errors.ts";
import { canonicalJson } from "./canonical-json.ts";
import { namesIdentity, scrub } from "./opaque.ts";

/** A person by opaque id, the operator of the installation, or a job of aispend itself. */
export type Actor = number | "operator" | "system";

export interface AuditRecord {
  readonly orgId: number;
  readonly actor: Actor;
  /** The account it came through: "slack:T1:U2". */
  readonly actorAccount?: string | undefined;
  /** What happened, as noun.verb: "scope.moved", "person_detail.read". */
  readonly action: string;
  /** What it happened to, by opaque id: "scope:12", "person:7". */
  readonly subject: string;
  /** JSON values; absent where there was, or is, nothing. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly reason?: string | undefined;
  readonly surface?: string | undefined;
  readonly at: Date;
}

/** An entry as it is stored and hashed, before the chain gives it its position. */
export interface AuditText {
  readonly at: string;
  readonly actor: string;
  readonly actorAccount: string | null;
  readonly action: string;
  readonly subject: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
  readonly surface: string | null;
}

const MAX_REASON = 2_000;

/**
 * The record as text. An e-mail address or a secret in anything but the reason is a fault of the
 * caller and throws, as nothing can be erased later; in the reason, typed by a person, it is removed.
 */
export function auditText(record: AuditRecord): AuditText {
  const text: AuditText = {
    at: record.at.toISOString(),
    actor: typeof record.actor === "number" ? `person:${record.actor}` : record.actor,
    actorAccount: record.actorAccount ?? null,
    action: record.action,
    subject: record.subject,
    before: record.before === undefined ? null : canonicalJson(record.before),
    after: record.after === undefined ? null : canonicalJson(record.after),
    reason: record.reason === undefined ? null : scrub(record.reason).slice(0, MAX_REASON),
    surface: record.surface ?? null,
  };
  for (const field of [text.action, text.subject, text.before, text.after, text.actorAccount]) {
    invariant(field === null || !namesIdentity(field), `audit of ${record.action} names someone`);
  }
  return text;
}
