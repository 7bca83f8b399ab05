import { parseOutcomes, refusedOutcome } from "#apps/connectors/outcome-api.ts";
import { AispendError } from "#core/errors.ts";
import type { OutcomeResult } from "#core/outcomes/schema.ts";
import type { Outcomes } from "#core/outcomes/service.ts";
import { type IngestToken, type Problem, problemOf } from "./delivery.ts";
import type { Items } from "./items.ts";

/** The answer to a delivery of outcomes: what was stored and what was not. */
export interface OutcomeDelivery {
  readonly received: number;
  readonly appended: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly refused: number;
  readonly problems: readonly Problem[];
}

/** Records what could be read and puts the results back into the order of the delivery. */
export async function deliverOutcomes(
  outcomes: Pick<Outcomes, "record">,
  token: IngestToken,
  { items, broken }: Items,
): Promise<OutcomeDelivery> {
  const parsed = parseOutcomes(items).map((item, index) =>
    broken.has(index) ? refusedOutcome("", "the line is not JSON") : item,
  );
  const events = parsed.flatMap((item) => (item.state === "event" ? [item.event] : []));
  const results = await record(outcomes, token, events);
  let next = 0;
  const all = parsed.map((item) => (item.state === "event" ? results[next++] : item));
  const count = (state: string) => all.filter((item) => item?.state === state).length;
  return {
    received: items.length,
    appended: count("appended"),
    duplicates: count("duplicate"),
    conflicts: count("conflict"),
    refused: count("refused"),
    problems: all.flatMap((item, index) => {
      const problem = item === undefined ? undefined : problemOf(index, item);
      return problem === undefined ? [] : [problem];
    }),
  };
}

/** Whatever goes wrong while storing is worth another try: what was stored counts once. */
async function record(
  outcomes: Pick<Outcomes, "record">,
  token: IngestToken,
  events: Parameters<Outcomes["record"]>[1],
): Promise<OutcomeResult[]> {
  if (events.length === 0) return [];
  try {
    return await outcomes.record(token.orgId, events, { tokenScopes: token.scopes });
  } catch (error) {
    if (error instanceof AispendError) throw error;
    throw new AispendError("outcomes_unavailable", "The outcomes could not be stored.", {
      kind: "unavailable",
      help: "Send the same events again: none counts twice.",
      cause: error,
    });
  }
}
