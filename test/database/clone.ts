import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, inject } from "vitest";
import { rowTypes } from "#core/db/row-types.ts";
import { databaseUrl } from "./template.ts";

export interface TestDatabase {
  /** As the application: `set role aispend_app`. */
  readonly pool: pg.Pool;
  /** As the owner of the tables: for what the application may not do. */
  readonly owner: pg.Pool;
  readonly url: string;
}

/** A fresh database for this test file, cloned from the migrated template. Call it at file level. */
export function useDatabase(): TestDatabase {
  const database: { pool?: pg.Pool; owner?: pg.Pool; url?: string } = {};
  const serverUrl = inject("databaseUrl");
  const name = `aispend_test_${randomBytes(6).toString("hex")}`;

  beforeAll(async () => {
    // The default writes every page of the template into the log: 400 ms in place of 25.
    await admin(
      serverUrl,
      `create database ${name} template ${inject("templateName")} strategy file_copy`,
    );
    database.url = databaseUrl(serverUrl, name);
    database.owner = openPool({ connectionString: database.url, max: 4 });
    database.pool = openPool({
      connectionString: database.url,
      max: 8,
      options: "-c role=aispend_app",
    });
  });
  afterAll(async () => {
    await database.pool?.end();
    await database.owner?.end();
    await admin(serverUrl, `drop database if exists ${name} with (force)`);
  });

  const get = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the test database is there from beforeAll on");
    return value;
  };
  return {
    get pool() {
      return get(database.pool);
    },
    get owner() {
      return get(database.owner);
    },
    get url() {
      return get(database.url);
    },
  };
}

/** end() resolves before the sockets are closed, and dropping the database then cuts them off. */
function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, types: rowTypes });
  pool.on("error", (error) => {
    if (!pool.ending) throw error;
  });
  return pool;
}

async function admin(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
