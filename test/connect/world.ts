import {
  checkConnection,
  type ReadDeps,
  type Reading,
  readFeed,
  sessionFor,
} from "#apps/connectors/read-connection.ts";
import { readDepsOf } from "#apps/connectors/read-deps.ts";
import { SOURCES } from "#apps/connectors/sources/registry.ts";
import type { Connection, ConnectionSettings, SourceKind } from "#core/connections/schema.ts";
import { getConnection, saveConnection } from "#core/connections/service.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import type { Clock } from "#core/time.ts";
import type { TestDatabase } from "#test/database/clone.ts";

export const NOW = new Date("2026-11-22T12:00:00Z");
const OPERATOR = { actor: "operator", actorAccount: "cli:root", surface: "cli" } as const;

export interface World {
  readonly deps: ReadDeps;
  /** Milliseconds that a session was told to wait; nobody waits here. */
  readonly pauses: number[];
  connect(
    orgId: number,
    kind: SourceKind,
    settings: ConnectionSettings,
    secret: string,
  ): Promise<Connection>;
  /** Reads every feed, from where it stands. */
  read(connection: Connection, historyDays?: number): Promise<Reading[]>;
}

/** What connects and reads, on a test's database and clock. */
export function makeWorld(database: TestDatabase, clock: Clock = () => NOW): World {
  const pauses: number[] = [];
  const box = createSecretBox(makeSecretKey());
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  const deps = readDepsOf({ pool: database.pool, clock, box, pause });
  return {
    deps,
    pauses,
    async connect(orgId, kind, settings, secret) {
      const request = { orgId, kind, name: kind, settings, secret, by: OPERATOR, now: clock() };
      const made = await saveConnection(database.pool, box, request);
      await checkConnection(deps, made, await sessionFor(deps, made));
      return getConnection(database.pool, orgId, made.id);
    },
    async read(connection, historyDays = 11) {
      const session = await sessionFor(deps, connection);
      const readings: Reading[] = [];
      for (const feed of SOURCES[connection.kind].feeds) {
        readings.push(await readFeed(deps, { connection, feed, session, historyDays }));
      }
      return readings;
    },
  };
}
