import type pg from "pg";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent, type UsageEventInput } from "#core/ledger/schema.ts";

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One hour of an agent: what a test says of it, the rest is usual. */
export interface Hour {
  readonly at: Date;
  readonly requests?: number;
  readonly input?: number;
  readonly cached?: number;
  readonly output?: number;
  readonly model?: string;
  readonly key?: string;
  readonly agent?: string;
  readonly callers?: number;
  readonly environment?: string;
  /** When it arrives; at the end of its day, as an import of the past does. */
  readonly arrives?: Date;
  /** What the source says that it costs, in dollars. */
  readonly reported?: string;
}

let ordinal = 0;

/** The hour's requests in one bucket, or in one for each caller. */
function eventsOf(hour: Hour): UsageEventInput[] {
  const { at, requests = 100, callers = 1 } = hour;
  const share = Math.max(1, Math.round(requests / callers));
  const [team, project, agent] = (hour.agent ?? "payments/checkout-web/checkout-agent").split("/");
  return Array.from({ length: callers }, (_, index) => {
    ordinal += 1;
    const { cached = 0, environment, input = 2_000, output = 200, reported } = hour;
    return {
      source: "seed",
      externalId: `h${ordinal}`,
      occurredAt: new Date(at.getTime() + 60_000).toISOString(),
      kind: "bucket",
      provider: "anthropic",
      model: hour.model ?? "claude-sonnet-4-5",
      requestCount: share,
      tokens: { input: share * input, cacheRead: share * cached, output: share * output },
      ...(reported === undefined ? {} : { reportedCost: reported }),
      key: hour.key ?? "key-checkout",
      tags: {
        ...(team === "" || team === undefined ? {} : { team }),
        ...(project === undefined ? {} : { project }),
        ...(agent === undefined ? {} : { agent }),
        ...(hour.callers === undefined ? {} : { customer: `customer-${index}` }),
        ...(environment === undefined ? {} : { environment }),
      },
    };
  });
}

/** Appends hours, each at the time at which it arrives. */
export async function appendHours(
  pool: pg.Pool,
  orgId: number,
  hours: readonly Hour[],
): Promise<void> {
  const byArrival = new Map<number, UsageEventInput[]>();
  for (const hour of hours) {
    const endOfDay = (Math.floor(hour.at.getTime() / DAY_MS) + 1) * DAY_MS;
    const arrival = hour.arrives?.getTime() ?? endOfDay;
    byArrival.set(arrival, [...(byArrival.get(arrival) ?? []), ...eventsOf(hour)]);
  }
  for (const [arrival, events] of byArrival) {
    const clock = () => new Date(arrival);
    const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
    const outcomes = await ledger.append(
      orgId,
      events.map((event) => UsageEvent.parse(event)),
    );
    const lost = outcomes.find(({ state }) => state !== "appended");
    if (lost !== undefined) throw new Error(`not appended: ${JSON.stringify(lost)}`);
  }
}

/** The same, each five minutes after its end, as a gateway brings them. */
export function appendOnTime(pool: pg.Pool, orgId: number, hours: readonly Hour[]): Promise<void> {
  const timely = hours.map((hour) => ({
    ...hour,
    arrives: new Date(hour.at.getTime() + HOUR_MS + 300_000),
  }));
  return appendHours(pool, orgId, timely);
}

/** Usual hours in [from, to): every hour alike but for a small swing. */
export function usualHours(from: Date, to: Date, change: Partial<Hour> = {}): Hour[] {
  const count = Math.round((to.getTime() - from.getTime()) / HOUR_MS);
  return Array.from({ length: count }, (_, index) => ({
    at: new Date(from.getTime() + index * HOUR_MS),
    requests: 95 + ((index * 7) % 11),
    ...change,
  }));
}
