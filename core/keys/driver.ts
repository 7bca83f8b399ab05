import type { BudgetPeriod } from "../budgets/schema.ts";
import { formatUsd } from "../money.ts";
import type { EnforcementClass, KeyGateway } from "./schema.ts";

/** What a key shall be at a gateway that somebody else wrote. */
export interface DesiredKey {
  readonly name: string;
  /** Nano-USD. */
  readonly capAmount: bigint;
  readonly capPeriod: BudgetPeriod;
  /** Empty = any model. */
  readonly models: readonly string[];
  readonly expiresAt: Date | undefined;
}

/** What the gateway says that it is: read back after every write, never assumed. */
export interface ObservedKey {
  readonly externalId: string;
  readonly name: string | undefined;
  /** Undefined: it has none. Null: the gateway cannot say. */
  readonly capAmount: bigint | undefined | null;
  readonly models: readonly string[] | null;
  readonly blocked: boolean;
  readonly expiresAt: Date | undefined | null;
  readonly spent: bigint | null;
}

export interface CreatedKey {
  readonly observed: ObservedKey;
  /** Shown once by whoever asked for it; nothing here keeps or logs it. */
  readonly secret: string;
}

/** Something at the gateway that makes its cap weaker than its class says. */
export interface Weakness {
  readonly said: string;
  readonly help: string;
}

/**
 * One gateway that is driven. Its class is what it can promise at best; `check` says what lowers
 * it. What it cannot do throws `gateway_cannot`, with what to do instead.
 */
export interface KeyDriver {
  readonly kind: "litellm" | "openai" | "anthropic";
  readonly title: string;
  readonly enforcement: EnforcementClass;
  /** In words, what the class means here. */
  readonly enforcementSaid: string;
  /** A block there cannot be undone: only what ended or is stopped for good is blocked. */
  readonly blockIsFinal: boolean;
  create(desired: DesiredKey): Promise<CreatedKey>;
  list(): Promise<ObservedKey[]>;
  /** Undefined: it is not there. */
  read(externalId: string): Promise<ObservedKey | undefined>;
  setBudget(externalId: string, desired: DesiredKey): Promise<ObservedKey>;
  /** Reversible; before anything that is not. */
  block(externalId: string): Promise<ObservedKey>;
  unblock(externalId: string): Promise<ObservedKey>;
  /** The old secret works for so many hours more where the gateway knows that. */
  regenerate(externalId: string, overlapHours: number): Promise<CreatedKey>;
  check(): Promise<Weakness[]>;
}

/** Opens the driver of a gateway with its credential; wired in the mains. */
export type OpenDriver = (gateway: KeyGateway) => KeyDriver;

/** What the gateway made of a wish, in words; empty where it did as it was asked. Pure. */
export function drift(desired: DesiredKey, observed: ObservedKey): string[] {
  const said: string[] = [];
  const { capAmount } = observed;
  if (capAmount === undefined) said.push("it has no cap");
  else if (capAmount !== null && capAmount !== desired.capAmount) {
    said.push(`cap ${formatUsd(capAmount)} instead of ${formatUsd(desired.capAmount)}`);
  }
  if (observed.models !== null && !sameModels(desired.models, observed.models)) {
    const list = observed.models.length === 0 ? "any model" : observed.models.join(", ");
    said.push(`models ${list}`);
  }
  const [wanted, is] = [desired.expiresAt, observed.expiresAt];
  if (wanted !== undefined && is !== null && (is === undefined || isFar(wanted, is))) {
    said.push(is === undefined ? "it never expires" : `expires ${is.toISOString().slice(0, 10)}`);
  }
  return said;
}

function sameModels(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join() === [...b].sort().join();
}

const DAY_MS = 86_400_000;

function isFar(a: Date, b: Date): boolean {
  return Math.abs(a.getTime() - b.getTime()) > DAY_MS;
}
