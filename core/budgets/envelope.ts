import { AispendError } from "../errors.ts";
import { type Authority, may, PERMISSIONS } from "../org/permission.ts";
import { lineage, type Roster } from "../org/raci.ts";
import type { Budget, BudgetSlot, BudgetSubject } from "./schema.ts";

type Envelope = Pick<Budget, "subject" | "amount" | "period" | "unit" | "kind">;

/** The nearest budget of the same period and unit strictly above a scope. */
export function envelopeAbove(
  roster: Roster,
  live: readonly Envelope[],
  slot: BudgetSlot,
): Envelope | undefined {
  const above = lineage(roster, slot.subject.id).slice(1);
  const found = above.map((id) => budgetAt(live, id, slot));
  return found.find((envelope) => envelope !== undefined);
}

function budgetAt(live: readonly Envelope[], id: number, slot: BudgetSlot): Envelope | undefined {
  return live.find(
    ({ subject, kind, period, unit }) =>
      subject.kind === "scope" &&
      subject.id === id &&
      kind === "budget" &&
      period === slot.period &&
      unit === slot.unit,
  );
}

/** What is split from an envelope already: the budgets that have it as their nearest one above. */
export function splitOf(
  roster: Roster,
  live: readonly Envelope[],
  envelope: BudgetSlot,
  without: number | undefined,
): bigint {
  let sum = 0n;
  for (const { subject, kind, period, unit, amount } of live) {
    if (subject.kind !== "scope" || subject.id === 0 || subject.id === without) continue;
    if (!roster.parents.has(subject.id)) continue;
    const slot = { subject, kind, period, unit };
    if (kind !== "budget" || period !== envelope.period || unit !== envelope.unit) continue;
    const above = envelopeAbove(
      roster,
      live.filter((one) => one.subject.id !== without),
      slot,
    );
    if (above?.subject.id === envelope.subject.id) sum += amount;
  }
  return sum;
}

export interface BudgetRequest extends BudgetSlot {
  readonly amount: bigint;
}

/** How a budget may be set, and what it leaves of the envelope that it is split from. */
export interface Standing {
  readonly as: Authority;
  readonly way: "envelope" | "split";
  /** Of a split: what is left of the envelope after it. */
  readonly leaves: bigint | undefined;
}

/** Who may set the budget of a subject in some way, and in which; its amount is not looked at. */
export type BudgetRight =
  | { readonly allowed: true; readonly as: Authority; readonly way: Standing["way"] }
  /** Who could do it instead, nearest first. */
  | { readonly allowed: false; readonly who: readonly number[]; readonly help: string };

/**
 * domain.md section 4: A of set AI budget sets the envelope of a scope; the owner of what it lies in
 * splits that one's envelope below it, never above it. A workflow, product or key is the organisation's.
 */
export function budgetRight(
  roster: Roster,
  personId: number,
  { kind, id }: BudgetSubject,
  now: Date,
): BudgetRight {
  const scopeId = kind === "scope" ? id : 0;
  const setting = may(roster, personId, { action: "set_budget", scopeId, now });
  if (setting.allowed) return { allowed: true, as: setting.as, way: "envelope" };
  const [, parent] = kind === "scope" ? lineage(roster, scopeId) : [];
  const { help, who } = setting;
  if (parent === undefined) return { allowed: false, who, help };
  const splitting = may(roster, personId, { action: "split_budget", scopeId: parent, now });
  if (splitting.allowed) return { allowed: true, as: splitting.as, way: "split" };
  // Who only splits depends on an envelope: named where there is nobody else.
  return { allowed: false, who: who.length > 0 ? who : splitting.who, help };
}

/**
 * Throws `not_permitted`, `envelope_missing`, `envelope_exceeded`, `envelope_too_small`.
 */
export function requireStanding(
  roster: Roster,
  personId: number,
  request: BudgetRequest,
  live: readonly Envelope[],
  now: Date,
  said: (amount: bigint) => string,
): Standing {
  const right = budgetRight(roster, personId, request.subject, now);
  if (right.allowed && right.way === "envelope") {
    return { as: right.as, way: "envelope", leaves: undefined };
  }
  if (right.allowed) {
    return { as: right.as, way: "split", leaves: requireFit(roster, request, live, said) };
  }
  const { kind, id } = request.subject;
  const scopeId = kind === "scope" ? id : 0;
  const path = roster.paths.get(scopeId) ?? String(scopeId);
  throw new AispendError("not_permitted", `you may not ${PERMISSIONS.set_budget.said} of ${path}`, {
    kind: "forbidden",
    help: right.help,
  });
}

/** Is a budget that this person asked for a part of another one? Where they may set it, it is none. */
export function isSplitBy(
  roster: Roster,
  personId: number,
  { subject }: BudgetSlot,
  now: Date,
): boolean {
  if (subject.kind !== "scope") return false;
  return !may(roster, personId, { action: "set_budget", scopeId: subject.id, now }).allowed;
}

/**
 * What a split leaves of the envelope that it is a part of. Throws `envelope_missing`,
 * `envelope_exceeded`, `envelope_too_small`.
 */
export function requireFit(
  roster: Roster,
  request: BudgetRequest,
  live: readonly Envelope[],
  said: (amount: bigint) => string,
): bigint {
  const path = roster.paths.get(request.subject.id) ?? String(request.subject.id);
  const envelope = envelopeAbove(roster, live, request);
  if (envelope === undefined) {
    throw new AispendError(
      "envelope_missing",
      `nothing above ${path} has a budget a ${request.period} that could be split`,
      { kind: "forbidden", help: "Ask who sets the AI budget there for one; then split it." },
    );
  }
  const left = envelope.amount - splitOf(roster, live, envelope, request.subject.id);
  const above = roster.paths.get(envelope.subject.id) ?? String(envelope.subject.id);
  if (request.amount > left) {
    throw new AispendError(
      "envelope_exceeded",
      `${said(request.amount)} is more than the ${said(left < 0n ? 0n : left)} that is left to ` +
        `split of the ${said(envelope.amount)} of ${above}`,
      {
        kind: "forbidden",
        help: `A smaller one fits; whoever sets the budget of ${above} can make that one larger.`,
      },
    );
  }
  const below = splitOf(roster, live, request, undefined);
  if (request.amount < below) {
    throw new AispendError(
      "envelope_too_small",
      `${said(request.amount)} is less than the ${said(below)} that ${path} has split already`,
      { kind: "conflict", help: "Lower those budgets first." },
    );
  }
  return left - request.amount;
}
