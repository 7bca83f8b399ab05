import { z } from "zod";
import type { NativeItem } from "#core/connections/schema.ts";
import type { Tokens, UsageEvent } from "#core/ledger/schema.ts";
import { nanoUsd } from "#core/money.ts";
import { addDays, type Day, utcDay } from "#core/time.ts";
import { readShape } from "../http/read-shape.ts";
import { garbled, type Session } from "../http/session.ts";
import {
  type About,
  type Discovery,
  feedOf,
  type Source,
  type SourceDay,
  type Window,
} from "../source.ts";
import { nanoFromCents } from "./anthropic/normalise.ts";
import { given, lineId, prefixOf, reported } from "./buckets.ts";

const TITLE = "Cursor";
const EVENTS = "/teams/filtered-usage-events";
const MEMBERS = "/teams/members";
const SPEND = "/teams/spend";
const ROWS_A_PAGE = 500;
/** Twenty requests a minute are allowed, so that a request is for several days. */
const DAYS_A_READING = 6;
const READINGS = 4;

const Count = z.int().min(0).nullish();
const Cents = z.union([z.number(), z.string()]);

const CursorEvent = z.object({
  timestamp: z.string().regex(/^\d{1,15}$/),
  userEmail: z.string().nullish(),
  model: z.string(),
  kind: z.string().nullish(),
  isChargeable: z.boolean().nullish(),
  isHeadless: z.boolean().nullish(),
  tokenUsage: z
    .object({
      inputTokens: Count,
      outputTokens: Count,
      cacheWriteTokens: Count,
      cacheReadTokens: Count,
    })
    .nullish(),
  chargedCents: Cents.nullish(),
});
type CursorEvent = z.infer<typeof CursorEvent>;

/** An answer of /teams/filtered-usage-events. */
export const EventPage = z.object({
  totalUsageEventsCount: z.int().min(0),
  pagination: z.object({ hasNextPage: z.boolean() }),
  usageEvents: z.array(CursorEvent),
});

const Members = z.object({
  teamMembers: z.array(
    z.object({
      id: z.union([z.string(), z.number()]).nullish(),
      userId: z.union([z.string(), z.number()]).nullish(),
      email: z.string().nullish(),
      role: z.string().nullish(),
      isRemoved: z.boolean().nullish(),
    }),
  ),
});

/**
 * The events of some days. They have no id and pages shift when one is added meanwhile, so that a
 * reading counts only if all its pages say the same total and hold so many.
 */
async function readRange(session: Session, { from, until }: Window): Promise<CursorEvent[]> {
  const startDate = Date.parse(`${from}T00:00:00Z`);
  const end = Math.min(Date.parse(`${until}T00:00:00Z`), session.now().getTime());
  for (let reading = 1; reading <= READINGS; reading += 1) {
    const rows: CursorEvent[] = [];
    const totals = new Set<number>();
    for (let page = 1; ; page += 1) {
      const body = { startDate, endDate: end - 1, page, pageSize: ROWS_A_PAGE };
      const read = readShape(EventPage, await session.ask(EVENTS, { body }), TITLE, EVENTS);
      rows.push(...read.usageEvents);
      totals.add(read.totalUsageEventsCount);
      if (!read.pagination.hasNextPage || read.usageEvents.length === 0) break;
    }
    const [total] = totals;
    if (totals.size === 1 && total === rows.length) return rows;
  }
  throw garbled(TITLE, EVENTS, "its pages do not hold as many events as it says");
}

export function dayOf(event: CursorEvent): Day {
  return utcDay(new Date(Number(event.timestamp)));
}

async function* fetchDays(
  session: Session,
  window: Window,
): AsyncGenerator<{ day: Day; raw: CursorEvent[] }> {
  for (let from = window.from; from < window.until; from = addDays(from, DAYS_A_READING)) {
    const limit = addDays(from, DAYS_A_READING);
    const until = limit < window.until ? limit : window.until;
    const rows = await readRange(session, { from, until });
    for (let day = from; day < until; day = addDays(day, 1)) {
      yield { day, raw: rows.filter((row) => dayOf(row) === day) };
    }
  }
}

/** Cursor's own classes: input is what was neither read from nor written to the cache. */
function tokensOf(event: CursorEvent): Tokens {
  const usage = event.tokenUsage;
  if (usage == null) return {};
  const read = usage.cacheReadTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  return given({
    input: (usage.inputTokens ?? 0) + read + written,
    cacheRead: read || undefined,
    cacheWrite5m: written || undefined,
    output: usage.outputTokens ?? 0,
  });
}

/** Covered by the seat: it carries charged cents, and nobody charges them. */
function isIncluded(event: CursorEvent): boolean {
  return event.isChargeable === false || /included/i.test(event.kind ?? "");
}

/** The natural key of an event, and its ordinal among those that share it. */
export function normaliseCursor(day: Day, raw: readonly CursorEvent[], about: About): SourceDay {
  const prefix = prefixOf(about.account, "events");
  const ordinals = new Map<string, number>();
  const events = raw.map((event): UsageEvent => {
    const natural = [
      event.timestamp,
      event.userEmail ?? null,
      event.model,
      String(event.chargedCents),
    ];
    const ordinal = (ordinals.get(natural.join("\n")) ?? 0) + 1;
    ordinals.set(natural.join("\n"), ordinal);
    const charged = event.chargedCents == null ? undefined : nanoFromCents(event.chargedCents);
    return {
      source: "pull:cursor",
      externalId: lineId(prefix, [...natural, String(ordinal)]),
      occurredAt: new Date(Number(event.timestamp)).toISOString(),
      kind: "bucket",
      basis: "billed",
      provider: "cursor",
      model: event.model,
      serviceTier: "standard",
      status: "ok",
      requestCount: 1,
      tokens: tokensOf(event),
      tags: given({ person: event.userEmail || undefined }),
      account: about.account,
      estimated: false,
      ...reported(isIncluded(event) ? nanoUsd(0n) : charged),
    };
  });
  return { day, events };
}

async function discover(session: Session, account: string): Promise<Discovery> {
  const members = readShape(Members, await session.ask(MEMBERS), TITLE, MEMBERS).teamMembers;
  await session.ask(SPEND, { body: { page: 1, pageSize: 1 } });
  const items = members.flatMap((member): NativeItem[] => {
    const id = member.id ?? member.userId;
    if (id == null) return [];
    return [
      {
        kind: "seat",
        nativeId: String(id),
        name: null,
        parent: member.role ?? null,
        person: member.email ?? null,
        active: member.isRemoved !== true,
        madeAt: null,
        usedAt: null,
      },
    ];
  });
  return {
    account,
    accountName: undefined,
    excessRights: "set spending limits: Cursor has no admin key that only reads",
    items,
  };
}

/** Usage events, which are spend (providers.md section 4). Cents, with fractions. */
export const cursor: Source = {
  kind: "cursor",
  title: TITLE,
  provider: "cursor",
  credential: {
    said: "Admin API key",
    pattern: undefined,
    madeAt: "https://cursor.com/dashboard, Settings, Cursor Admin API Keys",
  },
  settings: [
    { name: "account", required: false, said: "a name for the team" },
    { name: "seatPrice", required: false, said: "dollars a seat and month, such as 40" },
  ],
  baseUrl: "https://api.cursor.com",
  requestsPerMinute: 20,
  headers: (secret) => ({
    authorization: `Basic ${Buffer.from(`${secret}:`).toString("base64")}`,
  }),
  discover: (session, settings) => discover(session, settings.account ?? "cursor"),
  feeds: [
    feedOf<CursorEvent[]>({
      name: "events",
      truth: "days",
      lagHours: 2,
      restatedDays: 3,
      historyDays: 90,
      readsToday: true,
      schedule: { every: "hour", minute: 41 },
      fetch: (session, window) => fetchDays(session, window),
      normalise: normaliseCursor,
    }),
  ],
};
