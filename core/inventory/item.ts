import type { Procurement } from "../org/words.ts";
import type { Day } from "../time.ts";
import type { InventoryFlag, InventoryKind, ItemDecision } from "./schema.ts";

/** What the ledger has of a thing. */
export interface Use {
  /** Nano-USD of the last 30 days. */
  readonly cost: bigint;
  /** Calls of the last 30 days that no price is known for. */
  readonly unpriced: bigint;
  /** Teams that used it within the days of the policy; nobody's spend is no team. */
  readonly teams: readonly number[];
  /** As far back as the ledger goes. */
  readonly firstUsed: Day | undefined;
  readonly lastUsed: Day | undefined;
}

export const NO_USE: Use = {
  cost: 0n,
  unpriced: 0n,
  teams: [],
  firstUsed: undefined,
  lastUsed: undefined,
};

/** An account, key, payment method, seat plan or model, from all that is known of it. */
export interface Item {
  readonly kind: InventoryKind;
  /** The provider's own id, the sha256 or the name in the ledger; never a secret. */
  readonly id: string;
  readonly name: string;
  readonly provider: string | undefined;
  /** Of a key or seat plan: the account as it is called. */
  readonly account: string | undefined;
  /** Where it belongs, declared or by its only team; 0 = nowhere below the organisation. */
  readonly scopeId: number;
  /** Also one who left; then `ownerLeft`. */
  readonly ownerId: number | undefined;
  readonly ownerLeft: boolean;
  /** Its own, else that of its scope. */
  readonly costCentre: string | undefined;
  readonly approvedUse: string | undefined;
  readonly procurement: Procurement | undefined;
  readonly contractFrom: Day | undefined;
  /** The last day. */
  readonly contractUntil: Day | undefined;
  readonly noticeDays: number | undefined;
  /** As the payment method is called. */
  readonly paymentMethod: string | undefined;
  readonly seats: number | undefined;
  readonly idleSeats: number | undefined;
  /** Its key in aispend.yaml, where it is or was declared. */
  readonly declaredKey: string | undefined;
  readonly isDeclared: boolean;
  /** A key that was issued here. */
  readonly virtualKeyId: number | undefined;
  /** Undefined: what it is used for cannot be told apart, so nothing is said of its use. */
  readonly use: Use | undefined;
  readonly retiredOn: Day | undefined;
  readonly decision: ItemDecision | undefined;
}

export interface FlaggedItem extends Item {
  /** The gravest first; empty where nothing is to be decided. */
  readonly flags: readonly InventoryFlag[];
}

/** All of it that is not known, for whoever builds one. */
export const UNKNOWN_ITEM: Omit<Item, "kind" | "id" | "name"> = {
  provider: undefined,
  account: undefined,
  scopeId: 0,
  ownerId: undefined,
  ownerLeft: false,
  costCentre: undefined,
  approvedUse: undefined,
  procurement: undefined,
  contractFrom: undefined,
  contractUntil: undefined,
  noticeDays: undefined,
  paymentMethod: undefined,
  seats: undefined,
  idleSeats: undefined,
  declaredKey: undefined,
  isDeclared: false,
  virtualKeyId: undefined,
  use: NO_USE,
  retiredOn: undefined,
  decision: undefined,
};
