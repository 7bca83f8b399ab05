import { PassThrough, Readable } from "node:stream";
import type { Pool } from "pg";
import pg from "pg";
import { beforeEach, describe, expect, it } from "vitest";
import { migrate } from "#core/db/migrate.ts";
import { rowTypes } from "#core/db/row-types.ts";
import type { TableProof } from "#core/db/tables.ts";
import { dumpDatabase, restoreDatabase } from "#core/db/transfer.ts";
import { useDatabase } from "#test/database/clone.ts";
import { startTestServer } from "#test/database/embedded-server.ts";

const source = useDatabase();
const target = useDatabase();
const filled = { once: false };

beforeEach(async () => {
  if (filled.once) return;
  filled.once = true;
  await fill(source.owner);
});

/** Rows with everything in them that a text format could stumble over. */
async function fill(owner: Pool): Promise<void> {
  await owner.query(
    `insert into organization (key, name, time_zone) values
       ('acme', E'Tab\\t, line\\n, \\\\. and \\\\N, "quotes", ünïcödé 🙂', 'Asia/Kathmandu'),
       ('umbrella', '', 'UTC')`,
  );
  await owner.query("select ensure_ledger_partition(m::date) from unnest($1::text[]) m", [
    ["2026-09-01", "2026-11-01"],
  ]);
  await owner.query(
    `insert into ledger_entry select o.id, date '2026-09-01' + (n % 2) * 61, E'feed\\t' || n,
       E'id\\n\\\\.\\n' || n, sha256(n::text::bytea), timestamptz '2026-09-01T00:00:00.123456Z',
       timestamptz '2026-09-02', '2026-09-01', 'call', 'metered', 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0,
       0, 0, 'none', null, 'standard', 'ok', null, null, null, null, n, 1, 0, n, 0, 0, null, 0,
       null, null, null, null, null, n, 0, 0, 0, 0, 0, n, n, null, 0, false, null,
       jsonb_build_object('note', E'a\\\\tb', 'n', n)
     from organization o, generate_series(1, 3000) n`,
  );
  await owner.query(
    `insert into outbox (org_id, dedupe_key, surface, destination, kind, urgency, placement,
       not_before, created_at)
     select id, 'k' || id, 'chat', 'C1', 'x', 'urgent', 'post', now(), now() from organization`,
  );
  await owner.query(
    `select audit_append(id, '[{"at": "2026-11-01T00:00:00Z", "actor": "system",
       "action": "make", "subject": "org"}]') from organization`,
  );
}

async function dump(owner: Pool): Promise<{ bytes: Buffer; proofs: TableProof[] }> {
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  output.on("data", (chunk: Buffer) => chunks.push(chunk));
  const proofs = await dumpDatabase(owner, output);
  return { bytes: Buffer.concat(chunks), proofs };
}

function restore(owner: Pool, bytes: Buffer, size = 1_000): Promise<TableProof[]> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return restoreDatabase(owner, Readable.from(pieces));
}

async function sums(owner: Pool): Promise<unknown[]> {
  const { rows } = await owner.query(
    `select org_id, day, count(*), sum(cost)::text as cost, sum(input_tokens)::text as tokens
     from ledger_entry group by 1, 2 order by 1, 2`,
  );
  return rows;
}

async function isEmpty(owner: Pool): Promise<boolean> {
  const { rows } = await owner.query(
    "select (select count(*) from organization) + (select count(*) from ledger_entry) as rows",
  );
  return rows[0].rows === 0n;
}

describe("a dump", () => {
  it("that is cut short, changed or of another kind is refused, and nothing is kept", async () => {
    const { bytes } = await dump(source.owner);
    const text = bytes.toString();
    const changed = (from: string | RegExp, to: string) => Buffer.from(text.replace(from, to));
    const migration = /"(0001_role)"/;
    const cases: [Buffer, string][] = [
      [bytes.subarray(0, bytes.length - 2), "dump_truncated"],
      [bytes.subarray(0, Math.floor(bytes.length / 2)), "dump_truncated"],
      [Buffer.alloc(0), "dump_truncated"],
      [changed("ünïcödé", "unicode"), "dump_damaged"],
      [changed(/"rows":"6000"/, '"rows":"5999"'), "dump_damaged"],
      [changed('"columns":["org_id",', '"columns":["org",'), "dump_damaged"],
      [changed("FOR VALUES FROM", "; drop table person; --"), "dump_damaged"],
      [changed(migration, '"0001_role","9999_future"'), "dump_schema_differs"],
      [changed(/"0001_role",/, ""), "dump_schema_differs"],
      [changed('"aispendDump":1', '"aispendDump":2'), "not_a_dump"],
      [Buffer.from("PGDMP or a picture\n\n"), "not_a_dump"],
    ];
    for (const [damaged, code] of cases) {
      await expect(restore(target.owner, damaged, 50_000), code).rejects.toMatchObject({ code });
      expect(await isEmpty(target.owner)).toBe(true);
    }
  });

  it("names what the other release has and this one has not", async () => {
    const { bytes } = await dump(source.owner);
    const newer = Buffer.from(bytes.toString().replace(/"(0001_role)"/, '"$1","9999_future"'));
    await expect(restore(target.owner, newer, 50_000)).rejects.toMatchObject({
      message:
        "the dump was made by another release of aispend: the database is here without 9999_future",
      kind: "conflict",
    });
  });

  it("restores to equal counts and checksums, and refuses to be restored twice", async () => {
    const { bytes, proofs } = await dump(source.owner);
    expect(await restore(target.owner, bytes)).toEqual(
      expect.arrayContaining(proofs.map((proof) => ({ ...proof }))),
    );
    expect(proofs.find((proof) => proof.table === "ledger_entry")?.rows).toBe("6000");
    expect(await sums(target.owner)).toEqual(await sums(source.owner));
    const names = "select id, name, created_at from organization order by id";
    expect((await target.owner.query(names)).rows).toEqual((await source.owner.query(names)).rows);
    expect((await dump(target.owner)).proofs).toEqual(proofs);
    await expect(restore(target.owner, bytes)).rejects.toMatchObject({
      code: "database_not_empty",
      kind: "conflict",
    });
  });

  it("leaves the restored database ready for use: ids go on, rights hold", async () => {
    const { rows } = await target.pool.query(
      "insert into organization (key, name) values ('wayne', 'Wayne') returning id",
    );
    const highest = await source.owner.query("select max(id) as id from organization");
    expect(rows[0].id).toBe(highest.rows[0].id + 1);
    await expect(target.pool.query("delete from ledger_entry")).rejects.toMatchObject({
      code: "42501",
    });
    await expect(target.owner.query("delete from audit_entry")).rejects.toThrow("append-only");
  });

  it("is of one instant, however much is written meanwhile", async () => {
    const output = new PassThrough({ highWaterMark: 16 });
    const dumping = dumpDatabase(source.owner, output);
    const chunks = output[Symbol.asyncIterator]();
    const first = await chunks.next();
    await source.owner.query("insert into organization (key, name) values ('late', 'Late')");
    const bytes = [Buffer.from(first.value)];
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      bytes.push(Buffer.from(next.value));
    }
    const proofs = await dumping;
    expect(proofs.find((proof) => proof.table === "organization")?.rows).toBe("2");
    expect(Buffer.concat(bytes).toString()).not.toContain("Late");
  });
});

it.runIf(process.env.TEST_DATABASE_URL)(
  "a dump of a server of one version restores on another, both ways",
  async () => {
    const embedded = await startTestServer();
    const other = new pg.Pool({ connectionString: embedded.url, types: rowTypes });
    try {
      await migrate(embedded.url);
      const here = await dump(source.owner);
      expect(await restore(other, here.bytes, 50_000)).toEqual(here.proofs);
      const there = await dump(other);
      expect(there.proofs).toEqual(here.proofs);
      await other.query("drop schema public cascade");
      await other.query("create schema public");
      await migrate(embedded.url);
      expect(await restore(other, there.bytes, 50_000)).toEqual(here.proofs);
    } finally {
      await other.end();
      await embedded.stop();
    }
  },
  60_000,
);
