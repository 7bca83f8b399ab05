import type { DeclaredItem } from "../org/inventory.ts";
import type { Day } from "../time.ts";
import type { ItemDecision } from "./schema.ts";

/** Use of a key or model by one team at one provider. Days are local, amounts nano-USD. */
export interface UseRow {
  readonly value: string;
  /** 0 = nobody's. */
  readonly teamId: number;
  readonly provider: string;
  /** As far back as the ledger goes. */
  readonly first: Day;
  readonly last: Day;
  /** Of the last 30 days. */
  readonly cost: bigint;
  readonly unpriced: bigint;
  /** Whether anything is left of what the team used within the days of the policy. */
  readonly isShare: boolean;
  /** Calls were made; without one it is a charge, such as a seat. */
  readonly isCalled: boolean;
}

/** The same by account and key, of the last days alone; texts are '' where an entry names none. */
export interface AccountUseRow extends Omit<UseRow, "value" | "isCalled"> {
  readonly account: string;
  readonly key: string;
  /** A seat; `item` is then what the invoice calls it. */
  readonly isSeat: boolean;
  readonly item: string;
}

/** A key as its provider lists it. */
export interface ListedKey {
  readonly id: string;
  readonly name: string | undefined;
  readonly provider: string;
  readonly account: string | undefined;
  readonly active: boolean;
}

/** Seats of one plan as its provider lists them. */
export interface ListedSeats {
  readonly provider: string;
  readonly account: string | undefined;
  readonly plan: string;
  readonly seats: number;
  readonly idle: number;
}

export interface ListedAccount {
  readonly id: string;
  readonly name: string | undefined;
  readonly provider: string;
}

export interface IssuedKey {
  readonly id: number;
  readonly name: string;
  readonly ledgerKey: string;
  readonly scopeId: number;
  readonly ownerId: number;
  readonly costCentre: string | undefined;
  readonly useCase: string;
  /** The local day on which it was revoked or ended. */
  readonly endedOn: Day | undefined;
}

/** What the ledger says. It is much to read, and no decision about a thing changes it. */
export interface LedgerFacts {
  readonly ledgerSince: Day | undefined;
  readonly keys: readonly UseRow[];
  readonly models: readonly UseRow[];
  readonly accounts: readonly AccountUseRow[];
  /** The first day of accounts that may be new; of the others it is not asked. */
  readonly accountsSince: ReadonlyMap<string, Day>;
  readonly vendorDays: readonly VendorDay[];
}

export interface VendorDay {
  /** In lower case. */
  readonly vendor: string;
  readonly day: Day;
  /** Nano-USD. */
  readonly cost: bigint;
  /** Calls that no price is known for. */
  readonly unpriced: bigint;
}

/** Everything that the inventory is made of; read once, put together by pure functions. */
export interface InventoryFacts extends Omit<LedgerFacts, "vendorDays"> {
  readonly today: Day;
  readonly declared: readonly DeclaredItem[];
  readonly issued: readonly IssuedKey[];
  readonly listedKeys: readonly ListedKey[];
  readonly listedSeats: readonly ListedSeats[];
  readonly listedAccounts: readonly ListedAccount[];
  /** By "kind:id", the last of each. */
  readonly decisions: ReadonlyMap<string, ItemDecision>;
  /** Keys of accounts whose projects are declared to belong to two teams or more: shared on purpose. */
  readonly splitAccounts: ReadonlySet<string>;
  readonly costCentreOf: (scopeId: number) => string | undefined;
  readonly hasLeft: (personId: number) => boolean;
  /** The local day of an instant. */
  readonly dayOf: (at: Date) => Day;
}
