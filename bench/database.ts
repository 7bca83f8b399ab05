import pg from "pg";
import { rowTypes } from "#core/db/row-types.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger, type Ledger } from "#core/ledger/ledger.ts";
import type { Clock } from "#core/time.ts";
import { databaseUrl, makeTemplate } from "#test/database/template.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";
import { agentKey, projectKey, teamKey, type UsageShape } from "./usage.ts";

export interface BenchDatabase {
  /** As the application. */
  readonly pool: pg.Pool;
  readonly owner: pg.Pool;
  /** For a process of its own. */
  readonly url: string;
  readonly ledger: Ledger;
  readonly close: () => Promise<void>;
}

/** The feed's last call lies before this. */
export const BENCH_NOW: Clock = () => new Date("2027-12-01T00:00:00Z");

/** A migrated database of its own on the server that the tests use too. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const template = await makeTemplate();
  const connectionString = databaseUrl(template.serverUrl, template.name);
  const owner = new pg.Pool({ connectionString, types: rowTypes, max: 4 });
  const pool = new pg.Pool({
    connectionString,
    types: rowTypes,
    max: 8,
    options: "-c role=aispend_app",
  });
  // end() resolves before the sockets are closed, and dropping the database then cuts them off.
  for (const one of [owner, pool]) {
    one.on("error", (error) => {
      if (!one.ending) throw error;
    });
  }
  return {
    pool,
    owner,
    url: connectionString,
    ledger: createLedger({ pool, clock: BENCH_NOW, contextOf: cachedContexts(pool, BENCH_NOW) }),
    close: async () => {
      await pool.end();
      await owner.end();
      await template.drop();
    },
  };
}

/** An organisation with the scopes of the shape, its retention long enough for any feed. */
export async function makeCompany(owner: pg.Pool, key: string, shape: UsageShape): Promise<number> {
  const orgId = await makeOrganization(owner, key);
  await owner.query("update organization set entry_months = 240 where id = $1", [orgId]);
  const paths: string[] = [];
  for (let team = 0; team < shape.teams; team += 1) {
    for (let agent = 0; agent < shape.agentsPerTeam; agent += 1) {
      paths.push(`${teamKey(team)}/${projectKey(team, agent)}/${agentKey(team, agent)}`);
    }
  }
  await makeScopes(owner, orgId, paths);
  return orgId;
}
