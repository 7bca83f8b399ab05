import type { UsageEvent } from "#core/ledger/schema.ts";
import { allocate } from "#core/money.ts";
import { type Calendar, hoursOf, isWithinMonth } from "./calendar.ts";
import { randomOf } from "./random.ts";
import type { Usage } from "./usage.ts";

/** The gateway of the demonstration: all usage comes from it, in hourly buckets. */
export const SOURCE = "demonstration-gateway";

/** One call in so many fails, outside of the stories. */
const CALLS_PER_ERROR = 240n;
const RETRIES_FAILED_PERCENT = 94n;
const COMPOSED_OF = ["system", "retrieval", "history", "tools", "user"] as const;

/** Complete as it is: what an edge would make of it by validation. */
export function eventOf({ shape, calls, input, cached, output }: Usage, index: number): UsageEvent {
  const { agent, model } = shape;
  const parts = allocate(
    input,
    COMPOSED_OF.map((part) => BigInt(agent.composition[part])),
  );
  const failed =
    shape.status === "retry" ? (calls * RETRIES_FAILED_PERCENT) / 100n : calls / CALLS_PER_ERROR;
  return {
    source: SOURCE,
    externalId: `${agent.agent}-${shape.hour.toISOString().slice(0, 13)}-${index}`,
    occurredAt: shape.hour.toISOString(),
    kind: "bucket",
    basis: "metered",
    provider: model.provider,
    model: model.model,
    operation: "chat",
    serviceTier: model.tier,
    status: shape.status,
    requestCount: Number(calls),
    errorCount: Number(failed),
    tokens: {
      input: Number(input),
      cacheRead: Number(cached),
      output: Number(output),
      reasoning: Math.floor(Number(output) * agent.reasoning),
    },
    composition: Object.fromEntries(
      COMPOSED_OF.map((part, place) => [part, Number(parts[place] ?? 0n)]),
    ),
    tags: {
      team: agent.team,
      project: agent.project,
      agent: agent.agent,
      workflow: agent.workflow,
      environment: shape.environment,
      ...(shape.caller === undefined ? {} : { [agent.callers.by]: shape.caller }),
    },
    key: shape.key,
    ...(shape.revision === undefined ? {} : { promptRevision: shape.revision }),
    estimated: false,
  };
}

/**
 * What has no owner, and what has no price: a key from a hack day that nobody claimed, and a model
 * of the data team's own that is in no price list. Never in the month of the itemized ledger.
 */
export function looseEnds(calendar: Calendar): UsageEvent[] {
  const random = randomOf("loose ends");
  const hours = hoursOf(calendar).filter(
    (hour) => !isWithinMonth(calendar, hour) && hour.getUTCHours() % 3 === 2,
  );
  return hours.flatMap((hour) => {
    const calls = 90 + Math.floor(random.next() * 360);
    const shared = {
      source: SOURCE,
      occurredAt: hour.toISOString(),
      kind: "bucket",
      basis: "metered",
      serviceTier: "standard",
      status: "ok",
      estimated: false,
    } as const;
    const at = hour.toISOString().slice(0, 13);
    const unowned: UsageEvent = {
      ...shared,
      externalId: `hackday-${at}`,
      provider: "openai",
      model: "gpt-4o",
      requestCount: calls,
      tokens: { input: calls * 7_400, output: calls * 910 },
      tags: {},
      key: "key-hackday-0917",
    };
    const unpriced: UsageEvent = {
      ...shared,
      externalId: `labels-${at}`,
      provider: "meridian",
      model: "meridian-labels-7b",
      requestCount: 4,
      tokens: { input: 4 * 2_100, output: 4 * 60 },
      tags: { team: "data", project: "pipelines", agent: "row-labeler" },
      key: "key-row-labeler",
    };
    return [unowned, unpriced];
  });
}
