import type { Router } from "express";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { type EndUserId, endUserIds } from "#apps/connectors/end-user.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import { createNames } from "#core/ledger/names.ts";
import type { OrgContext } from "#core/ledger/prepare.ts";
import { loadEndUserKey } from "#core/org/end-user-key.ts";
import type { SecretBox } from "#core/org/secret-box.ts";
import { createOutcomes } from "#core/outcomes/service.ts";
import type { Clock } from "#core/time.ts";
import { tokenFinder } from "./ingest/find-token.ts";
import { createIngestRouter } from "./ingest/router.ts";
import type { Metrics } from "./metrics.ts";

export interface IngestMount {
  pool: Pool;
  clock: Clock;
  ledger: Ledger;
  contextOf: (orgId: number) => Promise<OrgContext>;
  secrets: SecretBox;
  log: Logger;
  metrics: Metrics;
}

/** The ways in, wired to this installation's tokens, ledger and metrics. */
export function mountIngest(mount: IngestMount): Router {
  const { ledger, log, metrics } = mount;
  const hashes = new Map<number, EndUserId>();
  return createIngestRouter({
    ledger,
    outcomes: createOutcomes({
      pool: mount.pool,
      clock: mount.clock,
      names: createNames(mount.pool),
      settingOf: mount.contextOf,
    }),
    charges: { pool: mount.pool, clock: mount.clock, ledger },
    log,
    findToken: tokenFinder(mount.pool, mount.clock, mount.contextOf),
    endUserIdOf: async (orgId) => {
      const found =
        hashes.get(orgId) ?? endUserIds(await loadEndUserKey(mount.pool, mount.secrets, orgId));
      hashes.set(orgId, found);
      return found;
    },
    count: (outcome, events) => metrics.ingestEvents.inc({ outcome }, events),
  });
}
