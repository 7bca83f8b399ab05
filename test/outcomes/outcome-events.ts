import type pg from "pg";
import { cachedContexts } from "#core/ledger/context.ts";
import { createNames } from "#core/ledger/names.ts";
import { OutcomeEvent, type OutcomeEventInput } from "#core/outcomes/schema.ts";
import { createOutcomes } from "#core/outcomes/service.ts";
import { clock } from "#test/chat/acme.ts";

let made = 0;

/** Outcomes of one day, `count` of them alike; every one has an id of its own. */
export function outcomesOf(
  day: string,
  count: number,
  over: Partial<OutcomeEventInput> & Pick<OutcomeEventInput, "workflow">,
): OutcomeEventInput[] {
  return Array.from({ length: count }, () => {
    made += 1;
    return { externalId: `o${made}`, occurredAt: `${day}T10:00:00Z`, success: true, ...over };
  });
}

export async function recordOutcomes(
  pool: pg.Pool,
  orgId: number,
  events: readonly OutcomeEventInput[],
): Promise<void> {
  const settingOf = cachedContexts(pool, clock);
  const outcomes = createOutcomes({ pool, clock, names: createNames(pool), settingOf });
  const results = await outcomes.record(
    orgId,
    events.map((event) => OutcomeEvent.parse(event)),
  );
  const bad = results.find(({ state }) => state !== "appended");
  if (bad !== undefined) throw new Error(JSON.stringify(bad));
}
