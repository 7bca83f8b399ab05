import type { Pool } from "pg";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { loadEndUserKey } from "#core/org/end-user-key.ts";
import type { SecretBox } from "#core/org/secret-box.ts";
import type { Clock } from "#core/time.ts";
import { endUserIds } from "./end-user.ts";
import type { Pause } from "./http/session.ts";
import type { ReadDeps } from "./read-connection.ts";

export interface ReadWiring {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Opens the stored keys of sources. */
  readonly box: SecretBox;
  readonly signal?: AbortSignal;
  readonly pause?: Pause;
}

/** What sources are read with. */
export function readDepsOf(wiring: ReadWiring): ReadDeps {
  const { pool, clock, box } = wiring;
  const contextOf = cachedContexts(pool, clock);
  return {
    ...wiring,
    contextOf,
    ledger: createLedger({ pool, clock, contextOf }),
    endUserIdOf: async (orgId) => endUserIds(await loadEndUserKey(pool, box, orgId)),
  };
}
