import { setTimeout as sleep } from "node:timers/promises";
import {
  type BoundSubject,
  clampToRoom,
  holdOf,
  LEAST_CLAMPED_TOKENS,
} from "#core/enforcement/bound.ts";
import type { Hold, HoldStore, KeyGrant, Reservation } from "#core/enforcement/holds.ts";
import type { NanoUsd } from "#core/money.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { Eventually } from "./ports.ts";
import { budgetExceeded, budgetReserved, type Refusal } from "./refusal.ts";

export interface Admission {
  readonly hold: Hold;
  /** The output limit that the hold stands for. */
  readonly limit: number;
}

export interface AdmissionDeps {
  readonly store: HoldStore;
  readonly book: PriceBook;
  readonly grant: KeyGrant;
  readonly subject: BoundSubject;
  /** The output limit that was asked for, or the default. */
  readonly asked: number;
}

const WAIT_MS = 250;
const WAIT_STEP_MS = 25;

/**
 * Holds what the request can cost. Where that does not fit, its output limit is lowered to what does;
 * where only requests under way are in its way, it waits for them a quarter of a second.
 */
export function admitRequest(deps: AdmissionDeps): Eventually<Admission | Refusal> {
  const { store, book, grant, subject, asked } = deps;
  const full = holdOf(book, subject, asked);
  if (full === undefined) return unpriced(subject);
  const reservation = store.reserve(grant, full, subject.at);
  // Nearly always: no promise then.
  if (!(reservation instanceof Promise) && reservation.state === "held") {
    return { hold: reservation.hold, limit: asked };
  }
  return admitLater(deps, full, reservation);
}

async function admitLater(
  deps: AdmissionDeps,
  full: NanoUsd,
  first: Eventually<Reservation>,
): Promise<Admission | Refusal> {
  const { store, grant, subject, asked } = deps;
  let reserving = first;
  for (let waitedMs = 0; ; waitedMs += WAIT_STEP_MS) {
    const reservation = await reserving;
    if (reservation.state === "held") return { hold: reservation.hold, limit: asked };
    if (reservation.state === "unavailable") return unavailable(reservation.reason);
    const isLast = waitedMs >= WAIT_MS;
    if (reservation.state === "exceeded" || isLast) {
      const clamped = await admitClamped(deps, reservation.room);
      if (clamped !== undefined) return clamped;
    }
    const { cap } = reservation;
    const least = leastHold(deps) ?? full;
    const willNeverFit = least > cap.limit - cap.settled - cap.unconfirmed;
    if (willNeverFit || isLast) {
      store.countRefusal(grant.orgId, cap, subject.at);
      return willNeverFit ? budgetExceeded(cap, least) : budgetReserved(cap);
    }
    await sleep(WAIT_STEP_MS);
    reserving = store.reserve(grant, full, subject.at);
  }
}

/** What the request costs at most with the shortest answer that is worth having. */
function leastHold({ book, subject, asked }: AdmissionDeps): bigint | undefined {
  const shortest = Math.max(Math.min(asked, LEAST_CLAMPED_TOKENS), subject.facts.leastOutput);
  return holdOf(book, subject, shortest);
}

async function admitClamped(deps: AdmissionDeps, room: bigint): Promise<Admission | undefined> {
  const { store, book, grant, subject, asked } = deps;
  const clamped = clampToRoom(book, subject, asked, room);
  if (clamped === undefined) return undefined;
  const reservation = await store.reserve(grant, clamped.hold, subject.at);
  if (reservation.state !== "held") return undefined;
  return { hold: reservation.hold, limit: clamped.limit };
}

function unpriced({ facts, provider }: BoundSubject): Refusal {
  return {
    code: "unpriced_model",
    message:
      `There is no price for ${facts.model} of ${provider}, so nothing bounds what it costs. ` +
      "Ask for a model with a price (/aispend price MODEL), or put its price into aispend.yaml.",
  };
}

function unavailable(reason: string): Refusal {
  return {
    code: "ledger_unavailable",
    message: `What this request costs could not be written down, so it waits: ${reason}.`,
    retryAfterS: 5,
  };
}

export function isRefusal(value: Admission | Refusal): value is Refusal {
  return "code" in value;
}
