import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClientBase, Pool, PoolClient } from "pg";
import copy from "pg-copy-streams";
import { AispendError } from "../errors.ts";
import { type DumpReader, END_OF_ROWS, readDump } from "./dump-reader.ts";
import {
  fixOutput,
  listMigrations,
  listSequences,
  listTables,
  proveTable,
  type SequenceValue,
  type TableProof,
  type TableShape,
} from "./tables.ts";

const FORMAT = 1;

interface Header {
  aispendDump: number;
  migrations: string[];
}

interface Footer {
  end: true;
  proofs: TableProof[];
  sequences: SequenceValue[];
}

/**
 * Writes all that the database holds, as of one instant, and ends the stream. The application may go
 * on meanwhile. Needs the owner's pool. Returns the count and checksum of each table.
 */
export async function dumpDatabase(owner: Pool, output: Writable): Promise<TableProof[]> {
  return inTransaction(owner, "isolation level repeatable read read only", async (client) => {
    await fixOutput(client);
    const proofs: TableProof[] = [];
    await pipeline(dumpPieces(client, proofs), output);
    return proofs;
  });
}

async function* dumpPieces(
  client: ClientBase,
  proofs: TableProof[],
): AsyncIterable<Buffer | string> {
  const header: Header = { aispendDump: FORMAT, migrations: await listMigrations(client) };
  yield `${JSON.stringify(header)}\n`;
  for (const table of await listTables(client)) {
    yield `${JSON.stringify(table)}\n`;
    yield* client.query(copy.to(`copy (select ${list(client, table)}) to stdout`));
    yield END_OF_ROWS;
    proofs.push(await proveTable(client, table));
  }
  const footer: Footer = { end: true, proofs, sequences: await listSequences(client) };
  yield `${JSON.stringify(footer)}\n`;
}

/**
 * Fills an empty, migrated database with a dump, in one transaction: everything or nothing. Counts
 * and checksums are taken again and must equal those of the source. Throws `database_not_empty`,
 * `dump_schema_differs`, `dump_truncated`, `dump_damaged` and `not_a_dump`.
 */
export async function restoreDatabase(owner: Pool, input: Readable): Promise<TableProof[]> {
  return inTransaction(owner, "", async (client) => {
    await fixOutput(client);
    const reader = readDump(input);
    await checkHeader(client, readHeader(await reader.line()));
    const tables = await listTables(client);
    await emptyTarget(client, tables);
    const byName = new Map(tables.map((table) => [table.name, table]));
    for (;;) {
      const next = parseLine<TableShape | Footer>(await reader.line());
      if ("end" in next) return finish(client, tables, next);
      const table = byName.get(next.name);
      if (table === undefined || table.columns.join() !== next.columns.join()) {
        throw damaged(`table ${next.name} has other columns here`);
      }
      await makePartitions(client, next);
      await copyRows(client, next, reader);
    }
  });
}

async function inTransaction<T>(
  pool: Pool,
  mode: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(`begin ${mode}`);
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    // Its COPY may still be open: closing the connection rolls back in any state.
    client.release(true);
    throw error;
  }
}

function list(client: ClientBase, table: TableShape): string {
  const columns = table.columns.map((column) => client.escapeIdentifier(column)).join(", ");
  return `${columns} from ${client.escapeIdentifier(table.name)}`;
}

function parseLine<T extends object>(line: string): T {
  try {
    const parsed: T = JSON.parse(line);
    return parsed;
  } catch (error) {
    throw damaged(`a line of it is no JSON: ${line.slice(0, 60)}`, error);
  }
}

function readHeader(line: string): Header {
  const header = line.startsWith('{"aispendDump":') ? parseLine<Header>(line) : undefined;
  if (header?.aispendDump === FORMAT) return header;
  throw new AispendError("not_a_dump", "this is no dump that this release of aispend can read", {
    kind: "unprocessable",
    help: "Make one with `aispend db dump`.",
  });
}

async function checkHeader(client: ClientBase, header: Header): Promise<void> {
  const here = await listMigrations(client);
  const missing = header.migrations.filter((name) => !here.includes(name));
  const ahead = here.filter((name) => !header.migrations.includes(name));
  if (missing.length + ahead.length === 0) return;
  const said =
    missing.length > 0 ? `here without ${missing.join(", ")}` : `here with ${ahead.join(", ")}`;
  throw new AispendError(
    "dump_schema_differs",
    `the dump was made by another release of aispend: the database is ${said}`,
    { kind: "conflict", help: "Dump and restore with the same release, then upgrade." },
  );
}

/** Rows of an organisation are never touched; what migrations put there is replaced. */
async function emptyTarget(client: ClientBase, tables: readonly TableShape[]): Promise<void> {
  for (const table of [...tables].reverse()) {
    const name = client.escapeIdentifier(table.name);
    const { rowCount } = await client.query(`select from ${name} limit 1`);
    if (rowCount === 0) continue;
    if (table.columns.includes("org_id") || table.name === "organization") {
      throw new AispendError("database_not_empty", `the database holds data: ${table.name}`, {
        kind: "conflict",
        help: "Restore into a database that was just created.",
      });
    }
    await client.query(`delete from ${name}`);
  }
}

const BOUND = /^FOR VALUES FROM \('[\d-]+'\) TO \('[\d-]+'\)$/;

async function makePartitions(client: ClientBase, table: TableShape): Promise<void> {
  for (const { name, bound } of table.partitions) {
    if (!BOUND.test(bound)) throw damaged(`partition ${name} has the bound ${bound}`);
    await client.query(
      `create table if not exists ${client.escapeIdentifier(name)}
       partition of ${client.escapeIdentifier(table.name)} ${bound}`,
    );
  }
}

async function copyRows(client: ClientBase, table: TableShape, reader: DumpReader): Promise<void> {
  const columns = table.columns.map((column) => client.escapeIdentifier(column)).join(", ");
  const target = `${client.escapeIdentifier(table.name)} (${columns})`;
  await pipeline(reader.rows(), client.query(copy.from(`copy ${target} from stdin`)));
}

async function finish(
  client: ClientBase,
  tables: readonly TableShape[],
  footer: Footer,
): Promise<TableProof[]> {
  for (const { table, column, value } of footer.sequences) {
    if (value === null) continue;
    await client.query("select setval(pg_get_serial_sequence($1, $2), $3)", [
      client.escapeIdentifier(table),
      column,
      value,
    ]);
  }
  const proofs: TableProof[] = [];
  for (const table of tables) {
    const proof = await proveTable(client, table);
    const source = footer.proofs.find((one) => one.table === table.name);
    if (source?.rows !== proof.rows || source.checksum !== proof.checksum) {
      throw damaged(`${table.name} had ${source?.rows ?? "no"} rows and has ${proof.rows}`);
    }
    proofs.push(proof);
  }
  return proofs;
}

function damaged(what: string, cause?: unknown): AispendError {
  return new AispendError("dump_damaged", `the dump is damaged: ${what}`, {
    kind: "unprocessable",
    help: "Make it again with `aispend db dump`.",
    cause,
  });
}
