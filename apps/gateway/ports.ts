import type { HoldStore, KeyGrant } from "#core/enforcement/holds.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { Clock } from "#core/time.ts";
import type { BodyBudget } from "./read-body.ts";
import type { Transport } from "./transport.ts";
import type { Upstream } from "./upstream.ts";

/** At once where it is known here; a promise only where somebody has to be asked. */
export type Eventually<T> = T | Promise<T>;

/** All that the proxy needs of the world: no database, no framework. */
export interface ProxyPorts {
  readonly store: HoldStore;
  /** The grant of a key by the sha256 of its secret, in hex; undefined: nobody's. */
  readonly findGrant: (hash: string) => Eventually<KeyGrant | undefined>;
  readonly findUpstream: (orgId: number, name: string) => Eventually<Upstream | undefined>;
  readonly priceBookOf: (orgId: number) => Eventually<PriceBook>;
  readonly transport: Transport;
  readonly clock: Clock;
  /** A request that cost more than was held for it, or a fault of ours. */
  readonly onFault: (fault: string, error?: unknown) => void;
  readonly bodies?: BodyBudget;
}
