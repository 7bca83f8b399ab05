import type { Pool } from "pg";
import { scrub } from "#core/audit/opaque.ts";
import { record } from "#core/audit/service.ts";
import type { Db, Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { findChannel } from "#core/org/channel.ts";
import { loadDirectory } from "#core/org/directory.ts";
import {
  eligible,
  may,
  type Permission,
  type PermissionQuestion,
  requirePermission,
} from "#core/org/permission.ts";
import type { Roster } from "#core/org/raci.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { RepositoryAccess } from "./access.ts";
import type { ApprovalRequest, RuleName } from "./approval-schema.ts";
import * as store from "./approval-store.ts";
import { noticeParts } from "./notice.ts";

export type Approval = store.Approval;

/** Nobody decides for ever: what is this old is no longer waited for. */
const LAPSE_MS = 14 * 86_400_000;

export interface AskApproval {
  readonly request: ApprovalRequest;
  /** GitHub login by whom the run was started, as GitHub's token says. */
  readonly actor: string | undefined;
  readonly now: Date;
  /** Posts the card to these people and the scope's channel, in the same transaction. */
  readonly onAsked: (tx: Tx, asked: Asked) => Promise<void>;
}

export interface Asked {
  readonly approval: Approval;
  readonly people: readonly number[];
}

/**
 * What was decided of a pull request whose policy fails, at this very base and head and for at least
 * these rules; where nothing was asked yet, asks. Undefined: nobody can be asked. Throws
 * `scope_foreign`.
 */
export function askApproval(
  pool: Pool,
  access: RepositoryAccess,
  { request, actor, now, onAsked }: AskApproval,
): Promise<Approval | undefined> {
  const { orgId, name: repository } = access;
  const { pullRequest, baseSha, headSha } = request;
  const rules = [...new Set(request.rules)].sort();
  const of = { orgId, repository, pullRequest, baseSha, headSha, rules };
  return transaction(pool, async (tx) => {
    await store.lockRepository(tx, orgId, repository);
    const known = await store.findApprovalOf(tx, of);
    if (known !== undefined || !request.ask) return known;
    const parts = await noticeParts(tx, access, request, now, false);
    const directory = await loadDirectory(tx, orgId);
    const logins = [request.author, actor].flatMap((login) => login?.toLowerCase() ?? []);
    const requestedBy = [
      ...new Set(logins.flatMap((login) => directory.peopleByName.get(login) ?? [])),
    ];
    const roster = await loadRoster(tx, orgId);
    const { scopeId } = parts;
    const people = peopleFor(roster, questionOf({ rules, requestedBy, scopeId }, now));
    if (!(await isReachable(tx, orgId, scopeId, people))) return undefined;
    const month = parts.month === undefined ? "" : `, ${parts.month}`;
    const end = { orgId, repository, pullRequest, now } as const;
    const [replaced] = await store.endApprovalsOf(tx, { ...end, state: "superseded" });
    const approval = await store.insertApproval(tx, {
      ...of,
      scopeId,
      requestedBy,
      cardOf: replaced?.cardOf,
      sentence: `${repository} #${pullRequest} fails its policy${month}`,
      facts: [...policyFacts(request), ...parts.facts],
      now,
    });
    await onAsked(tx, { approval, people });
    await record(tx, {
      orgId,
      actor: "system",
      action: "estimate.approval_asked",
      subject: `estimate_approval:${approval.id}`,
      after: { pullRequest, headSha, rules },
      at: now,
    });
    return approval;
  });
}

async function isReachable(
  tx: Tx,
  orgId: number,
  scopeId: number,
  people: readonly number[],
): Promise<boolean> {
  if (people.length === 0) return false;
  if ((await findChannel(tx, { orgId, scopeId, kind: "approval" })) !== undefined) return true;
  return (await listAddresses(tx, orgId, people)).length > 0;
}

/** The people of the nearest level; where nobody else may, whoever may approve for themselves. */
function peopleFor(roster: Roster, question: PermissionQuestion): number[] {
  const able = eligible(roster, question);
  const level = able[0]?.scopeId;
  const nearest = able.filter(({ scopeId }) => scopeId === level).map(({ personId }) => personId);
  if (nearest.length > 0) return [...new Set(nearest)];
  return (question.requestedBy ?? []).filter((one) => may(roster, one, question).allowed);
}

/** A model outside the allow-list is the cost policy's alone; money is also the budget's. */
function questionOf(
  { rules, requestedBy, scopeId }: Pick<Approval, "rules" | "requestedBy" | "scopeId">,
  now: Date,
): PermissionQuestion {
  const action: Permission = rules.includes("models") ? "approve_model" : "approve_pull_request";
  return { action, scopeId, requestedBy: [...requestedBy], now };
}

const RULE_SAID: Readonly<Record<RuleName, string>> = {
  month_increase: "more a month than allowed",
  month_increase_percent: "a larger share more a month than allowed",
  call_increase: "more a call than allowed",
  call_increase_percent: "a larger share more a call than allowed",
  budget_crossing: "a budget is crossed",
  unpriced_model: "a model without a price",
  models: "a model that is not on the list",
  prompt_tokens: "a longer prompt than allowed",
  eval_regression: "the evaluation gets worse",
};

function policyFacts({ rules, models }: ApprovalRequest): Approval["facts"] {
  const said = [...new Set(rules)].map((rule) => RULE_SAID[rule]).join("; ");
  return [
    { label: "Policy", value: said },
    ...(models.length === 0 ? [] : [{ label: "Models", value: models.join(", ") }]),
  ];
}

export interface DecideApproval {
  readonly orgId: number;
  readonly id: number;
  readonly decision: "approved" | "denied";
  readonly reason: string;
  readonly by: {
    readonly personId: number;
    readonly actorAccount: string;
    readonly surface: string;
  };
  readonly now: Date;
  /** Turns the cards into their outcome, in the same transaction; not called where it was decided. */
  readonly onDecided?: (tx: Tx, approval: Approval) => Promise<void>;
}

/**
 * One press on a card: authorised now, and done once. Whoever presses later is told how it went.
 * Throws `not_permitted`, `reason_missing`, `approval_not_found`.
 */
export function decideApproval(
  pool: Pool,
  args: DecideApproval,
): Promise<{ state: "decided" | "already"; approval: Approval }> {
  const { orgId, id, by, decision, now } = args;
  return transaction(pool, async (tx) => {
    const found = await getApproval(tx, orgId, id);
    const reason = scrub(args.reason).trim();
    if (reason === "" || reason.length > 500) {
      throw new AispendError("reason_missing", "say why, in 1 to 500 characters", {
        help: "The pull request shows it where it is private, and the record keeps it.",
      });
    }
    const roster = await loadRoster(tx, orgId);
    const { as, selfApproval } = requirePermission(roster, by.personId, questionOf(found, now));
    const wanted = { orgId, id, reason, decidedBy: by.personId, decidedAs: as.role, now } as const;
    const done = await store.decideApproval(tx, { ...wanted, state: decision, selfApproval });
    const approval = await getApproval(tx, orgId, id);
    if (!done) return { state: "already", approval };
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: `estimate.${decision}`,
      subject: `estimate_approval:${id}`,
      before: { state: found.state },
      after: {
        state: decision,
        pullRequest: found.pullRequest,
        headSha: found.headSha,
        rules: found.rules,
        as: as.role,
        heldAt: `scope:${as.scopeId}`,
        ...(selfApproval ? { selfApproval: true } : {}),
      },
      reason,
      at: now,
    });
    await args.onDecided?.(tx, approval);
    return { state: "decided", approval };
  });
}

/** Throws `approval_not_found`. */
export async function getApproval(db: Db, orgId: number, id: number): Promise<Approval> {
  const found = await store.findApproval(db, orgId, id);
  if (found !== undefined) return found;
  throw new AispendError("approval_not_found", `no pull request waits under number ${id}`, {
    kind: "not_found",
    help: "See which wait: pulls",
  });
}

/** Pull requests that wait for somebody, the newest first. */
export function listPending(db: Db, orgId: number, limit: number): Promise<Approval[]> {
  return store.listPendingApprovals(db, orgId, limit);
}

/** A merged or closed pull request waits for nobody. Returns what was ended. */
export function endApprovals(
  tx: Tx,
  of: { orgId: number; repository: string; pullRequest: number; now: Date },
): Promise<Approval[]> {
  return store.endApprovalsOf(tx, { ...of, state: "lapsed" });
}

/** Ends what nobody decided in 14 days. Returns what was ended. */
export function lapseApprovals(tx: Tx, orgId: number, now: Date): Promise<Approval[]> {
  return store.lapseApprovalsBefore(tx, { orgId, before: new Date(now.getTime() - LAPSE_MS), now });
}
