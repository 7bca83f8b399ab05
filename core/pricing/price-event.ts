import type { Day } from "#core/time.ts";
import type { PriceLine } from "./price-lines.ts";

/** A price that changed, or will. Effects are nano-USD a month at the volume of 30 days. */
export interface PriceEvent {
  readonly id: number;
  readonly provider: string;
  readonly model: string;
  readonly effectiveOn: Day;
  readonly oldLines: readonly PriceLine[];
  readonly newLines: readonly PriceLine[];
  readonly monthlyEffect: bigint;
  /** The dearest for it first; id 0 is what resolves to no team. */
  readonly teams: readonly { readonly teamId: number; readonly effect: bigint }[];
  readonly foundAt: Date;
}

/** What a model cost when it was looked at last. */
export interface SeenPrice {
  readonly provider: string;
  readonly model: string;
  readonly lines: readonly PriceLine[];
  readonly seenOn: Day;
}

/** Another list that says something else; prices in dollars per million tokens. */
export interface PriceDisagreement {
  readonly provider: string;
  readonly model: string;
  readonly unit: PriceLine["unit"];
  readonly list: string;
  readonly ours: string;
  readonly theirs: string;
}
