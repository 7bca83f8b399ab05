import { type Baseline, baselineAt, type Signal } from "./detectors.ts";
import type { AgentHour } from "./hour.ts";
import type { Verdict } from "./judge.ts";
import { middle, rank } from "./quantile.ts";
import type { Contributor, EvidenceInput, HourCost } from "./schema.ts";
import type { HourExcess } from "./team.ts";

const CHART_HOURS = 12;
const KEPT_EXCESS = 12;
/** What moved less than this is told as unchanged. */
const UNCHANGED = 0.15;
const TOLD_SHARE = 0.1;

/** Hours of the past at the same time of day, an hour off at most: UTC, so a change of clocks is in it. */
function alike(active: readonly AgentHour[], hour: number): AgentHour[] {
  return active.filter((one) => {
    const distance = (((one.hour - hour) % 24) + 24) % 24;
    return distance <= 1 || distance === 23;
  });
}

/** The last 12 hours with the range that is usual at their time of day (P10 to P90 of 14 days). */
export function chartHours(
  hours: readonly AgentHour[],
  lastHour: number,
  length = CHART_HOURS,
): HourCost[] {
  const first = lastHour - length + 1;
  const past = hours.filter(({ hour, requests }) => hour < first && requests > 0);
  const costs = new Map(hours.map(({ hour, cost }) => [hour, cost]));
  return Array.from({ length }, (_, index) => {
    const hour = first + index;
    const usual = alike(past, hour).map(({ cost }) => cost);
    // An agent that rests at this hour usually costs nothing.
    const days = new Set(past.map((one) => Math.floor(one.hour / 24))).size;
    while (usual.length < days) usual.push(0);
    const range = usual.length === 0 ? [0, 0] : [rank(usual, 0.1), rank(usual, 0.9)];
    return { hour, cost: costs.get(hour) ?? 0, low: range[0] ?? 0, high: range[1] ?? 0 };
  });
}

function ratio(observed: number, usual: number): number {
  return usual > 0 ? observed / usual : Number.POSITIVE_INFINITY;
}

type Unchanged = NonNullable<EvidenceInput["unchanged"]>[number];

/** Which factors of the cost stayed as they were: the rest is the cause. */
function unchangedOf({ current, active }: Baseline, kind: Signal["kind"]): Unchanged[] {
  const of = (measure: (hour: AgentHour) => number | undefined) => {
    const past = active.map(measure).filter((value) => value !== undefined && value > 0);
    const now = measure(current);
    if (past.length < 6 || now === undefined) return false;
    return Math.abs(ratio(now, middle(past as number[])) - 1) <= UNCHANGED;
  };
  const found: Unchanged[] = [];
  const isSpike = kind === "request_spike";
  const requests = alike(active, current.hour).map((hour) => hour.requests);
  if (!isSpike && requests.length >= 3 && current.requests <= 1.3 * rank(requests, 0.9)) {
    found.push("requests");
  }
  if (kind !== "token_bloat" && of(({ inputTokens, requests: n }) => inputTokens / n)) {
    found.push("tokens");
  }
  if (kind !== "price_change" && of(({ cost, list }) => list && cost / list)) found.push("price");
  const perToken = (hour: AgentHour) =>
    hour.list && hour.list / (hour.inputTokens + hour.outputTokens);
  if (kind === "price_change" && of(perToken)) found.push("mix");
  return found;
}

/** What moved most, by its share of what came on top; only what bears a tenth of it or more. */
export function contributorsOf(
  parts: readonly { kind: "key" | "model"; id: number; cost: number; usual: number }[],
): Contributor[] {
  const found = (["key", "model"] as const).flatMap((kind) => {
    const risen = parts
      .filter((part) => part.kind === kind && part.id !== 0)
      .map(({ id, cost, usual }) => ({ kind, id, more: Math.max(0, cost - usual) }));
    const all = risen.reduce((sum, { more }) => sum + more, 0);
    if (all <= 0) return [];
    return risen
      .map(({ id, more }) => ({ kind, id, share: Math.min(1, more / all) }))
      .filter(({ share }) => share >= TOLD_SHARE)
      .sort((a, b) => b.share - a.share || a.id - b.id)
      .slice(0, 3);
  });
  return found;
}

/** The excess by hour with this one in it, and by how much the sum moved. */
export function withExcess(
  known: readonly HourExcess[],
  hour: number,
  usd: number,
): { hours: HourExcess[]; added: number } {
  const before = known.find((one) => one.hour === hour)?.usd ?? 0;
  const hours = [...known.filter((one) => one.hour !== hour), { hour, usd }]
    .sort((a, b) => a.hour - b.hour)
    .slice(-KEPT_EXCESS);
  return { hours, added: usd - before };
}

/** Why a verdict was given, of the hour at `index`. Contributors and callers are asked for apart. */
export function evidenceOf(
  hours: readonly AgentHour[],
  index: number,
  { signal, detected }: Verdict,
): EvidenceInput {
  const baseline = baselineAt(hours, index);
  const current = hours[index];
  if (baseline === undefined || current === undefined) return {};
  const { kind, observed, usual } = signal;
  const same = alike(baseline.active, current.hour).map(({ requests }) => requests);
  return {
    observed,
    usual,
    requests: current.requests,
    ...(same.length === 0 ? {} : { usualRequests: middle(same) }),
    unchanged: unchangedOf(baseline, kind),
    hours: chartHours(hours.slice(0, index + 1), current.hour),
    detected,
  };
}
