import { perMonth } from "../budgets/calendar.ts";
import { listLiveBudgets } from "../budgets/service.ts";
import type { Tx } from "../db/db.ts";
import { chainOf, type Directory } from "../org/directory.ts";
import { goesOn, isWorthTelling, sameSince, subjectKey } from "./finding.ts";
import * as store from "./finding-store.ts";
import { HOUR_MS } from "./judge.ts";
import type { Finding, FindingClass, FindingSubject } from "./schema.ts";
import { type NewFinding, recordFinding } from "./service.ts";
import { listSuppressions } from "./suppression-store.ts";

/** An hour is judged this long after its end at the earliest, and once more when its grace is over. */
export const LAG_MS = 5 * 60_000;

/** A finding that moved: `isNews` where its first message is due. */
export interface Moved {
  readonly finding: Finding;
  readonly isNews: boolean;
  /** Nano-USD a month of the scope or the nearest one above it, the organisation not counted. */
  readonly budget: bigint | undefined;
}

/** Everything that writing the findings of one tick shares. */
export interface TickDesk {
  readonly tx: Tx;
  readonly orgId: number;
  readonly now: Date;
  readonly directory: Directory;
  readonly budgetOf: (scopeId: number) => bigint | undefined;
  readonly isPast: boolean;
  /** The newest of each class and subject that may be taken up again. */
  readonly known: Map<string, Finding>;
  /** The one that a sighting at the hour goes on with; undefined: it begins a new one. */
  readonly continued: (
    of: { class: FindingClass; subject: FindingSubject },
    seenAt: Date,
  ) => Finding | undefined;
  readonly record: (draft: Omit<NewFinding, "orgId" | "now" | "push">) => Promise<void>;
}

export function atHour(hour: number): Date {
  return new Date(hour * HOUR_MS);
}

export function nano(usd: number): bigint {
  return BigInt(Math.round(usd * 1e9));
}

/** The monthly budget of a scope or of the nearest above it; of the organisation's nobody is told. */
async function budgetsOf(tx: Tx, directory: Directory): Promise<TickDesk["budgetOf"]> {
  const amounts = new Map<number, bigint>();
  for (const { amount, kind, period, subject, unit } of await listLiveBudgets(
    tx,
    directory.orgId,
  )) {
    if (subject.kind !== "scope" || kind !== "budget" || unit !== "usd") continue;
    const month = perMonth(amount, period);
    const known = amounts.get(subject.id);
    if (known === undefined || month < known) amounts.set(subject.id, month);
  }
  return (scopeId) => {
    const { agentId, projectId, teamId } = chainOf(directory.scopes, scopeId);
    return [agentId, projectId, teamId]
      .map((id) => (id === 0 ? undefined : amounts.get(id)))
      .find((amount) => amount !== undefined);
  };
}

/** `firstHour`: the first that is judged; what ended shortly before it may be taken up again. */
export async function openDesk(
  tx: Tx,
  of: { readonly orgId: number; readonly now: Date; readonly isPast: boolean },
  directory: Directory,
  moved: Map<number, Moved>,
  unresolved: readonly Finding[],
  firstHour: number,
): Promise<TickDesk> {
  const { orgId, now, isPast } = of;
  const budgetOf = await budgetsOf(tx, directory);
  const suppressions = await listSuppressions(tx, orgId, now);
  const known = new Map<string, Finding>();
  const seenSince = atHour(firstHour - 13);
  const lately = await store.listFindingRows(tx, orgId, {
    states: ["resolved"],
    seenSince,
    limit: 5_000,
  });
  for (const finding of [...lately.reverse(), ...unresolved]) {
    const isOver = finding.state === "resolved" && finding.resolution !== "normal_again";
    if (!isOver) known.set(subjectKey(finding), finding);
  }
  return {
    tx,
    orgId,
    now,
    directory,
    budgetOf,
    isPast,
    known,
    continued(of, seenAt) {
      const found = known.get(subjectKey(of));
      const goesOn = found?.state !== "resolved" || found.lastSeenAt >= sameSince(seenAt);
      return goesOn ? found : undefined;
    },
    async record(draft) {
      const budget = budgetOf(draft.scopeId);
      const push = !isPast && isPushed(draft, budget, known);
      // Of the past it is told as it would have been told then.
      const at = isPast ? new Date(draft.seenAt.getTime() + HOUR_MS + 2 * LAG_MS) : now;
      const recorded = await recordFinding(tx, { ...draft, orgId, push, now: at }, suppressions);
      if (recorded.state === "suppressed") return;
      const { finding, isNews } = recorded;
      known.set(subjectKey(finding), finding);
      const before = moved.get(finding.id);
      moved.set(finding.id, { finding, isNews: isNews || before?.isNews === true, budget });
    },
  };
}

/** A launch is told to nobody; a new key or model not beside the finding that it is a part of. */
function isPushed(
  draft: Pick<NewFinding, "class" | "evidence" | "excess" | "rate" | "scopeId" | "seenAt">,
  budget: bigint | undefined,
  known: ReadonlyMap<string, Finding>,
): boolean {
  const { class: of, evidence, excess, rate, scopeId, seenAt } = draft;
  if (of === "launch" || evidence.detected !== true) return false;
  const hour = Math.floor(seenAt.getTime() / HOUR_MS);
  const isJump = of === "runaway_loop";
  const sighted = { rate, excess, isJump, goesOn: goesOn(evidence.excess ?? [], hour) };
  if (!isWorthTelling(sighted, budget)) return false;
  const isToldAlready = (one: Finding) =>
    one.scopeId === scopeId && one.state !== "resolved" && one.pushedAt !== undefined;
  return !of.startsWith("new_") || ![...known.values()].some(isToldAlready);
}

/** Moved by something else than a record. */
export function note(desk: TickDesk, moved: Map<number, Moved>, finding: Finding): void {
  const budget = desk.budgetOf(finding.scopeId);
  const isNews = moved.get(finding.id)?.isNews === true;
  moved.set(finding.id, { finding, isNews, budget });
}
