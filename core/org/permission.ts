import { AispendError } from "#core/errors.ts";
import type { Day } from "#core/time.ts";
import {
  actingFor,
  hasLeft,
  lineage,
  onCallOn,
  type Roster,
  resolveOn,
  rosterDay,
  type Seat,
} from "./raci.ts";
import { ACTIVITIES, ACTIVITY_SAID, type Activity } from "./words.ts";

/** What a right comes from. `any` activity: the role in at least one of them. */
type Role =
  | { readonly role: "accountable" | "responsible"; readonly of: Activity | "any" }
  | { readonly role: "on_call" }
  /** The one person named as accountable for AI cost as a whole. */
  | { readonly role: "accountable_for_ai_cost" }
  /** The person named as the owner of the thing itself: a key, an account. */
  | { readonly role: "thing_owner" };

interface Rule {
  /** As domain.md says it. */
  readonly said: string;
  readonly who: readonly Role[];
  /** `organisation`: only a role held at the organisation itself counts. */
  readonly at: "scope_or_ancestor" | "organisation";
  /** Nobody does this for themselves. */
  readonly approval: boolean;
}

const A = (of: Activity | "any"): Role => ({ role: "accountable", of });
const R = (of: Activity | "any"): Role => ({ role: "responsible", of });
const ON_CALL: Role = { role: "on_call" };
const OWNER = A("attribute_spend");
const FOR_THE_WHOLE: Role = { role: "accountable_for_ai_cost" };
const THING_OWNER: Role = { role: "thing_owner" };

function on(said: string, ...who: Role[]): Rule {
  return { said, who, at: "scope_or_ancestor", approval: false };
}
function approving(said: string, ...who: Role[]): Rule {
  return { said, who, at: "scope_or_ancestor", approval: true };
}
function atTop(said: string, ...who: Role[]): Rule {
  return { said, who, at: "organisation", approval: false };
}

/** domain.md section 4, "who may press what": the only place where a right is written down. */
export const PERMISSIONS = {
  see_customer_detail: on("see customer detail", R("attribute_spend"), OWNER, A("set_ai_budget")),
  set_budget: on("set the budget", A("set_ai_budget")),
  split_budget: on("split the budget", OWNER),
  // The second approver of a large budget: the same as for what lies above one.
  approve_budget: approving("approve the budget", A("set_cost_policy")),
  approve_key: approving("approve the key", OWNER),
  approve_cap: approving("approve the cap", OWNER),
  approve_key_above_budget: approving("approve a key above the budget", A("set_cost_policy")),
  approve_cap_above_budget: approving("approve a cap above the budget", A("set_cost_policy")),
  // What a pull request does to the bill: of the budget it moves, or of the policy that it breaks.
  approve_pull_request: approving(
    "let a pull request pass",
    A("set_ai_budget"),
    A("set_cost_policy"),
  ),
  approve_model: approving("approve a model outside the allow-list", A("set_cost_policy")),
  block: on("block traffic", R("any"), A("any"), ON_CALL),
  lift_block: approving("lift the block", OWNER),
  lift_block_above_budget: approving("lift the block above the budget", A("set_cost_policy")),
  raise_cap: approving("raise the cap", OWNER),
  raise_cap_above_budget: approving("raise the cap above the budget", A("set_cost_policy")),
  set_channel: on("choose the channel", R("attribute_spend"), OWNER),
  claim_spend: on("claim spend", R("attribute_spend"), OWNER),
  disown_spend: on("answer 'not ours'", R("attribute_spend"), OWNER),
  promote_experiment: on("promote the experiment", A("run_evaluation_gate")),
  acknowledge_finding: on("acknowledge the finding", R("any"), A("any"), ON_CALL),
  snooze_finding: on("snooze the finding", R("any"), A("any"), ON_CALL),
  expect_finding: on("mark the finding as expected", R("any"), A("any"), ON_CALL),
  break_glass: on("break the glass", ON_CALL),
  suspend_key: on("suspend the key", THING_OWNER, OWNER),
  rotate_key: on("rotate the key", THING_OWNER, OWNER),
  revoke_key: on("revoke the key", THING_OWNER, OWNER),
  transfer_key: on("transfer the key", THING_OWNER, OWNER),
  see_audit: on("see the audit log", R("any"), A("any"), ON_CALL, THING_OWNER),
  connect_source: atTop("connect sources", A("any")),
  ask_chargeback: on("ask for chargeback", R("any"), A("any"), ON_CALL),
  enable_chargeback: on("switch on chargeback", A("set_ai_budget")),
  // Who is accountable for the cost as a whole reads how it is governed: decision 46.
  see_maturity: atTop("see maturity", A("any"), FOR_THE_WHOLE),
  see_inventory: atTop("see the inventory", A("any"), FOR_THE_WHOLE),
  see_board_page: atTop("see the board page", A("any"), FOR_THE_WHOLE),
} as const satisfies Record<string, Rule>;
export type Permission = keyof typeof PERMISSIONS;

/** What a right was exercised as; kept in the audit log. */
export interface Authority {
  /** "accountable:attribute_spend", "on_call", "accountable_for_ai_cost", "thing_owner" ... */
  readonly role: string;
  /** Where the role is held: the scope or an ancestor. */
  readonly scopeId: number;
  /** Whose role it is; another person than the one who presses when that one is a delegate. */
  readonly holderId: number;
  /** Who lent it to whom on the way from the holder to the delegate; empty for the holder. */
  readonly lentBy: readonly number[];
  readonly personId: number;
}

export interface PermissionQuestion {
  readonly action: Permission;
  readonly scopeId: number;
  readonly now: Date;
  /** Who asked for it or benefits from it; they, and who acts only for them, may not approve it. */
  readonly requestedBy?: readonly number[];
  /** The owner of the key or account itself. */
  readonly thingOwnerId?: number | undefined;
}

export type Verdict =
  | {
      readonly allowed: true;
      readonly as: Authority;
      /** To be marked on the card and in the audit log. */
      readonly selfApproval: boolean;
    }
  | {
      readonly allowed: false;
      readonly reason: "left" | "not_entitled" | "own_request" | "nobody_eligible";
      /** Who could do it instead, nearest first. */
      readonly who: readonly number[];
      readonly help: string;
    };

/** May this person do this here and now? Ask again when the button is pressed, never before only. */
export function may(roster: Roster, personId: number, question: PermissionQuestion): Verdict {
  const day = rosterDay(roster, question.now);
  const all = authorities(roster, question);
  const eligible = all.filter((authority) => isIndependent(question, authority));
  const who = [...new Set(eligible.map((authority) => authority.personId))];
  const rule: Rule = PERMISSIONS[question.action];
  if (hasLeft(roster, personId, day)) {
    return { allowed: false, reason: "left", who, help: "People who left have no rights." };
  }
  const own = eligible.find((authority) => authority.personId === personId);
  if (own !== undefined) return { allowed: true, as: own, selfApproval: false };
  const held = all.find((authority) => authority.personId === personId);
  if (held !== undefined && roster.selfApproval) {
    return { allowed: true, as: held, selfApproval: true };
  }
  if (who.length === 0) {
    return { allowed: false, reason: "nobody_eligible", who, help: appointHelp(roster, question) };
  }
  if (held !== undefined) {
    const help = `Nobody may ${rule.said} for themselves; ask somebody else.`;
    return { allowed: false, reason: "own_request", who, help };
  }
  return {
    allowed: false,
    reason: "not_entitled",
    who,
    help: `Ask somebody who may ${rule.said} here.`,
  };
}

/** Everybody who may do it, nearest level first: to whom a request is sent, and escalated. */
export function eligible(roster: Roster, question: PermissionQuestion): readonly Authority[] {
  const seen = new Set<number>();
  return authorities(roster, question).filter((authority) => {
    if (!isIndependent(question, authority) || seen.has(authority.personId)) return false;
    seen.add(authority.personId);
    return true;
  });
}

/** Neither the one who asked, nor somebody whose right is only lent by the one who asked. */
function isIndependent(question: PermissionQuestion, authority: Authority): boolean {
  const rule: Rule = PERMISSIONS[question.action];
  if (!rule.approval) return true;
  const askers = question.requestedBy ?? [];
  return ![authority.personId, ...authority.lentBy].some((person) => askers.includes(person));
}

/** All rights to it: at each level the holders, then their delegates. */
function authorities(roster: Roster, question: PermissionQuestion): Authority[] {
  const day = rosterDay(roster, question.now);
  const rule: Rule = PERMISSIONS[question.action];
  const line = lineage(roster, question.scopeId);
  const levels = rule.at === "organisation" ? [0] : line;
  const found = rule.who.some(({ role }) => role === "thing_owner")
    ? lent(roster, question.thingOwnerId, "thing_owner", question.scopeId, day)
    : [];
  for (const level of levels) {
    for (const role of rule.who) found.push(...holders(roster, role, level, day));
  }
  return found;
}

function holders(roster: Roster, role: Role, level: number, day: Day): Authority[] {
  if (role.role === "thing_owner") return [];
  if (role.role === "on_call") {
    return onCallOn(roster, level, day).flatMap((person) =>
      lent(roster, person, role.role, level, day),
    );
  }
  if (role.role === "accountable_for_ai_cost") {
    return level === 0 ? lent(roster, roster.accountableForAiCost, role.role, level, day) : [];
  }
  const activities = role.of === "any" ? ACTIVITIES : [role.of];
  return activities.flatMap((activity) => {
    const resolved = resolveOn(roster, activity, level, day);
    const seats: readonly Seat[] =
      role.role === "accountable" ? [resolved.accountable] : resolved.responsible;
    return seats.flatMap(({ personId, heldAt }) =>
      lent(roster, personId, `${role.role}:${activity}`, heldAt, day),
    );
  });
}

/** The right of a holder, and the same right lent to each delegate along the chain. */
function lent(
  roster: Roster,
  holderId: number | undefined,
  role: string,
  scopeId: number,
  day: Day,
): Authority[] {
  if (holderId === undefined) return [];
  return actingFor(roster, holderId, day).map((personId, index, chain) => ({
    role,
    scopeId,
    holderId,
    lentBy: chain.slice(0, index),
    personId,
  }));
}

function appointHelp(roster: Roster, question: PermissionQuestion): string {
  const rule: Rule = PERMISSIONS[question.action];
  const level = rule.at === "organisation" ? 0 : question.scopeId;
  const path = roster.paths.get(level) ?? String(level);
  const [role] = rule.who;
  if (role?.role === "on_call") {
    return `Nobody is on call for ${path}. Name them under on_call in aispend.yaml and apply it.`;
  }
  const activity = role?.role === "accountable" || role?.role === "responsible" ? role.of : "any";
  const duty = activity === "any" ? "the RACI table" : `'${ACTIVITY_SAID[activity]}'`;
  return (
    `Nobody else may ${rule.said} for ${path}. Appoint somebody: give ${duty} to another person ` +
    "under functions in aispend.yaml, there or above, or name a delegate, and apply it."
  );
}

/** What to do, and where it is said who may. */
function helpOf({ reason, help }: Extract<Verdict, { allowed: false }>, path: string): string {
  return reason === "not_entitled" ? `${help} See who that is: owners ${path}` : help;
}

/** For a service that must not go on otherwise. Throws `not_permitted`. */
export function requirePermission(
  roster: Roster,
  personId: number,
  question: PermissionQuestion,
): { readonly as: Authority; readonly selfApproval: boolean } {
  const verdict = may(roster, personId, question);
  if (verdict.allowed) return verdict;
  const { scopeId } = question;
  const path = scopeId === 0 ? undefined : (roster.paths.get(scopeId) ?? String(scopeId));
  throw new AispendError(
    "not_permitted",
    `you may not ${PERMISSIONS[question.action].said} of ${path ?? "the organisation"}`,
    { kind: "forbidden", help: helpOf(verdict, path ?? "org") },
  );
}
