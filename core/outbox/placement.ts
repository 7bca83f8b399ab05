import { addDays, instantOf, localDay, wallClock } from "../time.ts";
import type { Placement, Urgency } from "./schema.ts";

/** messages.md: unasked messages per channel and day; the rest thread under them. */
export const UNASKED_PER_DAY = 3;

/** Where neither a destination nor the organisation's file has hours of its own. */
export const QUIET_HOURS: QuietHours = { from: "20:00", until: "07:00" };

/** Wall times "HH:MM" of the organisation; from = until means no quiet hours. */
export interface QuietHours {
  readonly from: string;
  readonly until: string;
}

export interface PlacementRules {
  readonly timeZone: string;
  readonly mutedKinds: readonly string[];
  readonly quietHours: QuietHours;
}

/** A message that was delivered; `under` is the top-level message it stands under. */
export interface Delivered {
  readonly kind: string;
  readonly reference: string;
  readonly under: string | undefined;
}

export interface PlacementHistory {
  /** The first message of the same threadKey. */
  readonly lead: Delivered | undefined;
  /** Unasked top-level messages of this destination's local day, oldest first. */
  readonly unaskedToday: readonly Delivered[];
}

export type Placed =
  | { readonly act: "post" }
  /** `leads`: it has no lead of its own, and its follow-ups are to follow it. */
  | { readonly act: "thread"; readonly reference: string; readonly leads: boolean }
  | { readonly act: "update"; readonly reference: string }
  | { readonly act: "wait"; readonly until: Date }
  | { readonly act: "mute" };

/** Where a message goes, now that it is its turn. An edit in place disturbs nobody. */
export function placeMessage(
  message: { kind: string; urgency: Urgency; placement: Placement },
  rules: PlacementRules,
  history: PlacementHistory,
  now: Date,
): Placed {
  const { lead } = history;
  if (message.placement === "update" && lead !== undefined) {
    return { act: "update", reference: lead.reference };
  }
  if (message.urgency === "report") {
    if (rules.mutedKinds.includes(message.kind)) return { act: "mute" };
    const until = quietUntil(rules.quietHours, rules.timeZone, now);
    if (until !== undefined) return { act: "wait", until };
  }
  if (message.placement === "thread" && lead !== undefined) {
    return { act: "thread", reference: lead.under ?? lead.reference, leads: false };
  }
  if (message.urgency !== "asked" && history.unaskedToday.length >= UNASKED_PER_DAY) {
    const host =
      history.unaskedToday.findLast((one) => one.kind === message.kind) ??
      history.unaskedToday.at(-1);
    if (host !== undefined) return { act: "thread", reference: host.reference, leads: true };
  }
  return { act: "post" };
}

/** The end of the quiet hours that `now` lies in. */
export function quietUntil(quiet: QuietHours, timeZone: string, now: Date): Date | undefined {
  const time = wallClock(now, timeZone).time.slice(0, 5);
  const overnight = quiet.from > quiet.until;
  const inside = overnight
    ? time >= quiet.from || time < quiet.until
    : time >= quiet.from && time < quiet.until;
  if (!inside) return undefined;
  const today = localDay(now, timeZone);
  const day = overnight && time >= quiet.from ? addDays(today, 1) : today;
  const end = instantOf(day, quiet.until, timeZone);
  // Where the clocks show the hour twice, its first end may lie behind us: then it is over.
  return end > now ? end : undefined;
}
