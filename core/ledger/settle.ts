import type { Pool } from "pg";
import { transaction } from "#core/db/transaction.ts";
import { decimalOf, nanoFromDecimal } from "#core/money.ts";
import { addDays, type Clock, type Day, utcDay } from "#core/time.ts";
import { type BilledBucket, listMeteredDays, replaceBilledDay } from "./billed-store.ts";
import type { Ledger } from "./ledger.ts";
import type { OrgContext } from "./prepare.ts";
import { isBooked, withdrawOthers } from "./restate.ts";
import type { AppendOutcome, UsageEvent } from "./schema.ts";

export interface SettleDeps {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, "append" | "names">;
  readonly contextOf: (orgId: number) => Promise<Pick<OrgContext, "counts">>;
  readonly clock: Clock;
}

export interface DayToSettle {
  readonly orgId: number;
  readonly source: string;
  readonly account: string;
  /** How every id of this report begins: another report of the same account stays as it is. */
  readonly prefix: string;
  /** A UTC day. */
  readonly day: Day;
  /** All that the report says of the day; their ids begin with `prefix`. */
  readonly events: readonly UsageEvent[];
}

/** What became of a day. */
export interface Settled {
  readonly day: Day;
  /** `ledger`: nothing meters the account, so the bill is the charge. `bucket`: for reconciling. */
  readonly into: "ledger" | "bucket";
  readonly appended: number;
  readonly unpriced: number;
  readonly unchanged: number;
  readonly withdrawn: number;
  readonly refused: readonly string[];
}

const BATCH = 10_000;
const MIN_BATCH = 2_000;

/**
 * Makes the ledger say of an account's UTC day what its provider says, whatever was said before:
 * new lines are appended, changed ones corrected by the difference, lines that are gone taken back.
 * Where the account is metered on that day the bill is kept in `billed_bucket` instead and replaces
 * the earlier one (design.md 4.8).
 */
export async function settleDay(deps: SettleDeps, wanted: DayToSettle): Promise<Settled> {
  const { orgId, source, account, prefix, day, events } = wanted;
  const now = deps.clock();
  const bucketed = await isBucketed(deps, wanted);
  const buckets = bucketed ? events.map(bucketOf) : [];
  await transaction(deps.pool, (tx) =>
    replaceBilledDay(tx, { orgId, account, source, day }, prefix, buckets, now),
  );
  if (bucketed) {
    const counts = { appended: 0, unpriced: 0, unchanged: 0, withdrawn: 0, refused: [] };
    return { day, into: "bucket", ...counts };
  }
  // A back-fill meets nothing of its own: then nothing can be gone.
  const before = await isBooked(deps.pool, { orgId, source, day }, prefix);
  const outcomes = await appendBilled(deps, orgId, events);
  if (!before) return { day, into: "ledger", withdrawn: 0, ...countOutcomes(outcomes) };
  await deps.ledger.names.ensure(orgId, new Map([["account", new Set([account])]]));
  const accountId = deps.ledger.names.idOf(orgId, "account", account);
  const kept = new Set(events.map(({ externalId }) => externalId));
  const withdrawn = await transaction(deps.pool, (tx) =>
    withdrawOthers(tx, { orgId, source, accountId, day }, prefix, kept, now),
  );
  return { day, into: "ledger", withdrawn, ...countOutcomes(outcomes) };
}

/** Something else counts these calls: by what was seen that day, or by aispend.yaml's word. */
async function isBucketed(deps: SettleDeps, wanted: DayToSettle): Promise<boolean> {
  const { orgId, account, day, events } = wanted;
  const providers = [...new Set(events.map(({ provider }) => provider))];
  const period = { start: day, end: addDays(day, 1) };
  const metered = await listMeteredDays(deps.pool, { orgId, providers, account, period });
  if (metered.length > 0) return true;
  const { counts } = await deps.contextOf(orgId);
  return events.some((event) => !counts(event));
}

/** A line with the bill's own figure takes it; one whose bill has not come is priced by us. */
async function appendBilled(
  { ledger }: SettleDeps,
  orgId: number,
  events: readonly UsageEvent[],
): Promise<AppendOutcome[]> {
  const outcomes: AppendOutcome[] = [];
  const billed = events.filter(({ reportedCost }) => reportedCost !== undefined);
  const unbilled = events.filter(({ reportedCost }) => reportedCost === undefined);
  for (const [group, costFrom] of [
    [billed, "reported"],
    [unbilled, "price"],
  ] as const) {
    for (const pair of inPairs(group)) {
      const options = { costFrom, authoritative: true };
      const done = await Promise.all(pair.map((batch) => ledger.append(orgId, batch, options)));
      outcomes.push(...done.flat());
    }
  }
  return outcomes;
}

/** Two connections keep the database busy; a day's ids are distinct, so that they never meet. */
function* inPairs(events: readonly UsageEvent[]): Generator<UsageEvent[][]> {
  const size = Math.min(BATCH, Math.max(MIN_BATCH, Math.ceil(events.length / 2)));
  for (let start = 0; start < events.length; start += 2 * size) {
    const halves = [start, start + size].map((at) => events.slice(at, at + size));
    yield halves.filter((half) => half.length > 0);
  }
}

function countOutcomes(outcomes: readonly AppendOutcome[]) {
  const refused = outcomes.flatMap((outcome) =>
    outcome.state === "refused" || outcome.state === "conflict" ? [outcome.reason] : [],
  );
  return {
    appended: outcomes.filter(({ state }) => state === "appended").length,
    unpriced: outcomes.filter((one) => one.state === "appended" && one.unpriced).length,
    unchanged: outcomes.filter(({ state }) => state === "duplicate" || state === "traced").length,
    refused,
  };
}

function bucketOf(event: UsageEvent): BilledBucket {
  const { tokens } = event;
  const decimal = event.reportedCost === undefined ? undefined : decimalOf(event.reportedCost);
  const count = (value: number | undefined) => (value === undefined ? null : BigInt(value));
  return {
    day: utcDay(new Date(event.occurredAt)),
    source: event.source,
    itemId: event.externalId,
    provider: event.provider,
    project: event.nativeProject ?? "",
    key: event.key ?? "",
    model: event.model,
    serviceTier: event.serviceTier,
    kind: event.kind,
    amount: decimal === undefined ? null : nanoFromDecimal(decimal),
    requests: BigInt(event.requestCount),
    inputTokens: count(tokens.input),
    cacheReadTokens: count(tokens.cacheRead),
    cacheWriteTokens: count((tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0)),
    outputTokens: count(tokens.output),
  };
}
