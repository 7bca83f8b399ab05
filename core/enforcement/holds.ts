import type { BudgetPeriod } from "#core/budgets/schema.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import type { NanoUsd } from "#core/money.ts";

/** What a request counts against, from the organisation (scope 0) down to its key. */
export interface ChainSubject {
  readonly kind: "scope" | "key";
  readonly id: number;
}

/** Whoever shows a key: what it may do, and who pays. */
export interface KeyGrant {
  readonly orgId: number;
  readonly keyId: number;
  readonly name: string;
  /** What entries of the ledger call it. */
  readonly ledgerKey: string;
  readonly chain: readonly ChainSubject[];
  /** Scopes and dimensions of every entry; headers may add to them. */
  readonly tags: Readonly<Partial<Record<GrantTag, string>>>;
  /** Patterns with "*"; empty = any model. */
  readonly models: readonly string[];
  /** May send what cannot be bounded before the call. */
  readonly allowUnbounded: boolean;
  readonly requestsPerMinute: number | undefined;
  readonly expiresAt: Date | undefined;
  /** Why it does not work now; undefined: it works. */
  readonly blocked: Blocked | undefined;
}

export type GrantTag = "team" | "project" | "agent" | "environment" | "workflow";

export interface Blocked {
  /** "suspended", "revoked", "blocked: runaway loop" ...: completes "this key is ...". */
  readonly why: string;
  /** Requests under way are ended too. */
  readonly cutStreams: boolean;
}

/** A cap that stands in the way, as a refusal says it. Amounts in nano-USD. */
export interface CapStanding {
  readonly subject: ChainSubject;
  /** "agent ticket-triage". */
  readonly name: string;
  readonly period: BudgetPeriod | "job";
  readonly limit: bigint;
  readonly settled: bigint;
  readonly unconfirmed: bigint;
  readonly held: bigint;
  /** "1 Dec 2026, 00:00 Europe/Berlin"; undefined: never. */
  readonly resets: string | undefined;
  /** Names of people; empty where nobody is known. */
  readonly raisedBy: readonly string[];
  /** What asks them: "/aispend cap raise agent ticket-triage 10". */
  readonly command: string | undefined;
}

export interface Hold {
  readonly id: string;
  readonly orgId: number;
  readonly amount: NanoUsd;
}

export type Reservation =
  | { readonly state: "held"; readonly hold: Hold }
  /** `room`: the largest hold that fits now; 0 or less: none. */
  | { readonly state: "exceeded"; readonly cap: CapStanding; readonly room: bigint }
  | { readonly state: "reserved"; readonly cap: CapStanding; readonly room: bigint }
  /** Nothing may be admitted: what is spent could not be written down. */
  | { readonly state: "unavailable"; readonly reason: string };

export interface Settlement {
  readonly hold: Hold;
  /** At least 0; above the hold only where the request was not bounded or a price is wrong. */
  readonly cost: NanoUsd;
  /** What the ledger gets; undefined where the provider never took the request. */
  readonly event: UsageEvent | undefined;
}

export interface StoreStatus {
  readonly state: "ready" | "degraded" | "unavailable";
  /** A sentence for readiness. */
  readonly detail: string;
}

/** Where holds are kept: in memory for one process, or in Postgres for any number of them. */
export interface HoldStore {
  /**
   * Holds `amount` on every capped row of the grant's chain, or says why not. Answers at once where it
   * can; a promise only where the database has to be asked.
   */
  reserve(grant: KeyGrant, amount: NanoUsd, now: Date): Reservation | Promise<Reservation>;
  /** Takes the hold away and counts the cost; the second time of a hold nothing happens. */
  settle(settlement: Settlement): void;
  /** Counts a request that was refused because of this cap. */
  countRefusal(orgId: number, cap: CapStanding, now: Date): void;
  status(now: Date): StoreStatus;
}
