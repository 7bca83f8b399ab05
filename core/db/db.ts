import type { Pool, PoolClient } from "pg";

/** What a store needs: a pool for single statements, a client inside a transaction. */
export type Db = Pool | PoolClient;

/** An open transaction: services of several domains write through the same one. */
export type Tx = PoolClient;
