import type { Pool } from "pg";
import { recordAnomalies } from "#core/anomalies/tick.ts";
import { transaction } from "#core/db/transaction.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { createNames } from "#core/ledger/names.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { applyFile } from "#core/org/service.ts";
import { readEvaluation } from "#core/outcomes/evaluation-file.ts";
import { recordExperiment } from "#core/outcomes/experiment.ts";
import { createOutcomes } from "#core/outcomes/service.ts";
import { type Clock, utcDay } from "#core/time.ts";
import { type Calendar, calendarOf } from "./calendar.ts";
import { eventOf, looseEnds } from "./events.ts";
import { demonstrationFile } from "./organization.ts";
import { DEMONSTRATION_EVALUATION, demonstrationOutcomes } from "./outcomes.ts";
import { rates } from "./rates.ts";
import { isEmpty, markDemonstration } from "./store.ts";
import { usageOf } from "./usage.ts";

const BATCH = 5_000;
/** So many days of it are judged hour by hour, as if somebody had watched. */
const WATCHED_DAYS = 14;
const DAY_MS = 86_400_000;

/**
 * Puts the demonstration into a database that has no organisation, by the same apply and append as
 * anybody's data. Undefined where there is one already.
 */
export async function seedDemonstration(pool: Pool, clock: Clock): Promise<number | undefined> {
  if (!(await isEmpty(pool))) return undefined;
  const now = clock();
  const { orgId } = await applyFile(pool, {
    file: { text: demonstrationFile(utcDay(now)), name: "demonstration.yaml" },
    by: { actor: "system", surface: "server", reason: "the demonstration" },
    now,
  });
  await markDemonstration(pool, orgId);
  const contextOf = cachedContexts(pool, clock);
  const ledger = createLedger({ pool, clock, contextOf });
  const calendar = calendarOf(now);
  const { priceBook } = await contextOf(orgId);
  const usage = usageOf(calendar, rates(priceBook));
  const events = [...usage.map(eventOf), ...looseEnds(calendar)];
  for (let start = 0; start < events.length; start += BATCH) {
    await append(ledger, orgId, events.slice(start, start + BATCH));
  }
  await seedOutcomes(pool, clock, orgId, calendar);
  const past = { from: new Date(now.getTime() - WATCHED_DAYS * DAY_MS) };
  await transaction(pool, (tx) => recordAnomalies(tx, { orgId, now, past }));
  return orgId;
}

/** What the agents were for, so that a success has a cost; and an experiment to decide. */
async function seedOutcomes(
  pool: Pool,
  clock: Clock,
  orgId: number,
  calendar: Calendar,
): Promise<void> {
  const settingOf = cachedContexts(pool, clock);
  const outcomes = createOutcomes({ pool, clock, names: createNames(pool), settingOf });
  const events = demonstrationOutcomes(calendar);
  for (let start = 0; start < events.length; start += BATCH) {
    const results = await outcomes.record(orgId, events.slice(start, start + BATCH));
    const lost = results.find(({ state }) => state !== "appended");
    if (lost !== undefined) throw new Error(`the demonstration was not stored: ${lost.state}`);
  }
  const evaluation = readEvaluation(DEMONSTRATION_EVALUATION);
  const by = { actor: "system", surface: "server" } as const;
  const { experiment: name, workflow } = DEMONSTRATION_EVALUATION;
  await recordExperiment(pool, { orgId, evaluation, name, workflow, by, now: clock() });
}

async function append(
  ledger: ReturnType<typeof createLedger>,
  orgId: number,
  events: readonly UsageEvent[],
): Promise<void> {
  const outcomes = await ledger.append(orgId, events);
  const lost = outcomes.find(({ state }) => state !== "appended");
  if (lost !== undefined) throw new Error(`the demonstration was not stored: ${lost.state}`);
}
