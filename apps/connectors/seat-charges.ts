import type { ConnectionSettings, NativeItem } from "#core/connections/schema.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { type Day, startOfMonth } from "#core/time.ts";
import type { Discovery, Source } from "./source.ts";
import { sourceName } from "./source.ts";
import { given, lineId, prefixOf } from "./sources/buckets.ts";

/**
 * The seats of the month so far, one entry each for the whole month: a seat that is given back is paid
 * until its end. None without a price, which no seat list has.
 */
export function seatCharges(
  source: Source,
  settings: ConnectionSettings,
  { account, items }: Pick<Discovery, "account" | "items">,
  today: Day,
): UsageEvent[] {
  const { seatPrice } = settings;
  if (seatPrice === undefined) return [];
  const seats = items.filter(({ kind, active }) => kind === "seat" && active);
  return seats.map((seat) => seatEvent(source, seat, account, seatPrice, startOfMonth(today)));
}

function seatEvent(
  source: Source,
  seat: NativeItem,
  account: string,
  seatPrice: string,
  month: Day,
): UsageEvent {
  return {
    source: sourceName(source.kind),
    externalId: lineId(prefixOf(account, "seats"), [month, seat.nativeId]),
    occurredAt: `${month}T12:00:00.000Z`,
    kind: "seat",
    basis: "billed",
    provider: source.provider,
    model: `${source.title} seat`,
    operation: "seat",
    serviceTier: "standard",
    status: "ok",
    requestCount: 0,
    tokens: {},
    tags: given({ person: seat.person ?? undefined }),
    account,
    reportedCost: seatPrice,
    estimated: false,
  };
}
