import { z } from "zod";
import type { ConnectionSettings, NativeItem } from "#core/connections/schema.ts";
import { AispendError } from "#core/errors.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { parseUsd } from "#core/money.ts";
import { addDays, type Day } from "#core/time.ts";
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
import { lineId, noonOf, prefixOf, reported } from "./buckets.ts";

const TITLE = "GitHub Copilot";
const SEATS_A_PAGE = 100;
const VERSION = "2026-03-10";

const Instant = z.iso
  .datetime({ offset: true })
  .nullish()
  .transform((text) => (text == null ? null : new Date(text)));

const SeatPage = z.object({
  total_seats: z.int().min(0),
  seats: z.array(
    z.object({
      assignee: z.object({ id: z.int(), login: z.string() }).nullish(),
      created_at: Instant,
      last_activity_at: Instant,
      pending_cancellation_date: z.string().nullish(),
      plan_type: z.string().nullish(),
    }),
  ),
});
type Seat = z.infer<typeof SeatPage>["seats"][number];

const Amount = z.union([z.number(), z.string()]);
const UsageItem = z.object({
  product: z.string(),
  sku: z.string(),
  model: z.string().nullish(),
  unitType: z.string().nullish(),
  grossQuantity: z.number().nullish(),
  netAmount: Amount,
});
type UsageItem = z.infer<typeof UsageItem>;
/** An answer of settings/billing/ai_credit/usage. */
export const Usage = z.object({ usageItems: z.array(UsageItem) });

function organisationOf(settings: ConnectionSettings): string {
  if (settings.organisation !== undefined) return encodeURIComponent(settings.organisation);
  throw new AispendError("setting_missing", "GitHub Copilot needs an organisation", {
    help: "Name it: aispend connect copilot --organisation acme",
  });
}

async function listSeats(session: Session, organisation: string): Promise<Seat[]> {
  const path = `/orgs/${organisation}/copilot/billing/seats`;
  const seats = new Map<number, Seat>();
  for (let page = 1; ; page += 1) {
    const query = { per_page: SEATS_A_PAGE, page };
    const read = readShape(SeatPage, await session.ask(path, { query }), TITLE, path);
    for (const seat of read.seats) {
      if (seat.assignee != null) seats.set(seat.assignee.id, seat);
    }
    if (read.seats.length < SEATS_A_PAGE) return [...seats.values()];
    if (page * SEATS_A_PAGE > read.total_seats + SEATS_A_PAGE) {
      throw garbled(TITLE, path, "more pages than seats");
    }
  }
}

/** Money of a day by product, SKU and model. Amounts are dollars, after discounts. */
async function* fetchDays(
  session: Session,
  window: Window,
  about: About,
): AsyncGenerator<{ day: Day; raw: UsageItem[] }> {
  const path = `/organizations/${organisationOf(about.settings)}/settings/billing/ai_credit/usage`;
  for (let at = window.from; at < window.until; at = addDays(at, 1)) {
    const [year, month, day] = at.split("-").map(Number);
    const answered = await session.ask(path, { query: { year, month, day } });
    yield { day: at, raw: readShape(Usage, answered, TITLE, path).usageItems };
  }
}

export function normaliseCopilot(day: Day, raw: readonly UsageItem[], about: About): SourceDay {
  const prefix = prefixOf(about.account, "ai_credit");
  const merged = new Map<string, { item: UsageItem; amount: bigint; quantity: number }>();
  for (const item of raw) {
    const key = JSON.stringify([item.product, item.sku, item.model ?? null]);
    const before = merged.get(key) ?? { amount: 0n, quantity: 0 };
    merged.set(key, {
      item,
      amount: before.amount + parseUsd(item.netAmount),
      quantity: before.quantity + (item.grossQuantity ?? 0),
    });
  }
  const events = [...merged.values()].map(({ item, amount, quantity }): UsageEvent => {
    const isRequests = /request/i.test(item.unitType ?? "");
    return {
      source: "pull:copilot",
      externalId: lineId(prefix, [item.product, item.sku, item.model ?? null]),
      occurredAt: noonOf(day),
      kind: "bucket",
      basis: "billed",
      provider: "github",
      model: item.model ?? item.sku,
      operation: item.sku.slice(0, 64),
      serviceTier: "standard",
      status: "ok",
      requestCount: isRequests ? Math.round(quantity) : 0,
      tokens: {},
      tags: {},
      account: about.account,
      estimated: false,
      ...reported(amount as ReturnType<typeof parseUsd>),
    };
  });
  return { day, events };
}

async function discover(session: Session, settings: ConnectionSettings): Promise<Discovery> {
  const organisation = organisationOf(settings);
  const seats = await listSeats(session, organisation);
  const path = `/orgs/${organisation}/copilot/billing`;
  const { headers } = await session.ask(path);
  // A classic token says what it may do; a fine-grained one says nothing.
  const scopes = (headers.get("x-oauth-scopes") ?? "").split(/[\s,]+/).filter((one) => one !== "");
  const writes = scopes.filter((scope) => !scope.startsWith("read:"));
  const items = seats.flatMap((seat): NativeItem[] => {
    if (seat.assignee == null) return [];
    return [
      {
        kind: "seat",
        nativeId: String(seat.assignee.id),
        name: null,
        parent: seat.plan_type ?? null,
        person: seat.assignee.login,
        active: seat.pending_cancellation_date == null,
        madeAt: seat.created_at,
        usedAt: seat.last_activity_at,
      },
    ];
  });
  return {
    account: settings.organisation ?? organisation,
    accountName: undefined,
    excessRights: writes.length === 0 ? undefined : `use the scopes ${writes.join(", ")}`,
    items,
  };
}

/** Seats, and usage of AI credits by day and model (providers.md section 5). Dollars. */
export const copilot: Source = {
  kind: "copilot",
  title: TITLE,
  provider: "github",
  credential: {
    said: "token that may read Copilot seats and billing of the organisation",
    pattern: /^(gh[a-z]_|github_pat_)\S{10,}$/,
    madeAt: "https://github.com/settings/personal-access-tokens",
  },
  settings: [
    { name: "organisation", required: true, said: "the GitHub organisation" },
    { name: "seatPrice", required: false, said: "dollars a seat and month, such as 19" },
  ],
  baseUrl: "https://api.github.com",
  requestsPerMinute: 0,
  headers: (secret) => ({
    authorization: `Bearer ${secret}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": VERSION,
  }),
  discover,
  feeds: [
    feedOf<UsageItem[]>({
      name: "ai_credit",
      truth: "days",
      lagHours: 24,
      restatedDays: 5,
      historyDays: 365,
      readsToday: false,
      schedule: { every: "hour", minute: 53 },
      fetch: fetchDays,
      normalise: normaliseCopilot,
    }),
  ],
};
