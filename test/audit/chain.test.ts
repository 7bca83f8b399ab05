import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { AuditRecord } from "#core/audit/entry.ts";
import {
  findAuditHead,
  listAudit,
  readAudit,
  record,
  recordAll,
  verifyAudit,
} from "#core/audit/service.ts";
import type { AuditRow } from "#core/audit/store.ts";
import { transaction } from "#core/db/transaction.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let orgs: number[] = [];

async function makeOrganization(key: string): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>(
    "insert into organization (key, name) values ($1, 'Acme') returning id",
    [key],
  );
  return rows[0]?.id ?? 0;
}

beforeAll(async () => {
  orgs = [await makeOrganization("acme"), await makeOrganization("acme-two")];
});

function entry(orgId: number, number: number): AuditRecord {
  return {
    orgId,
    actor: number,
    action: "scope.changed",
    subject: `scope:${number}`,
    before: { name: `Zoë ${number}` },
    after: { name: "安" },
    reason: "12:3-4",
    surface: "slack",
    at: new Date(Date.UTC(2026, 10, 22, 10, 0, 0, number)),
  };
}

async function fresh(count: number): Promise<number> {
  const orgId = await makeOrganization(`org-${Math.random().toString(36).slice(2, 12)}`);
  const records = Array.from({ length: count }, (_, index) => entry(orgId, index + 1));
  await transaction(database.pool, (tx) => recordAll(tx, orgId, records));
  return orgId;
}

const TRIGGERS = [
  ["audit_entry", "audit_entry_append_only"],
  ["audit_head", "audit_head_append_only"],
];

/** What only an owner who is ready to disable a trigger can do. */
async function tamper(statement: string, values: unknown[]): Promise<void> {
  for (const [table, trigger] of TRIGGERS) {
    await database.owner.query(`alter table ${table} disable trigger ${trigger}`);
  }
  await database.owner.query(statement, values);
  for (const [table, trigger] of TRIGGERS) {
    await database.owner.query(`alter table ${table} enable always trigger ${trigger}`);
  }
}

/** The hash of an entry from its documented text alone, apart from what SQL computes. */
function hashOf(orgId: number, row: AuditRow, previous: Buffer): Buffer {
  const fields = [String(orgId), String(row.position), row.at, row.actor, row.actorAccount];
  const rest = [row.action, row.subject, row.before, row.after, row.reason, row.surface];
  const text = [...fields, ...rest]
    .map((field) => (field === null ? "-" : `${Buffer.byteLength(field)}:${field}`))
    .join("");
  return createHash("sha256").update(previous).update(text).digest();
}

describe("the audit log", () => {
  it("chains what SQL appended so that Node computes the same hashes", async () => {
    const [org = 0, other = 0] = orgs;
    for (const orgId of [org, other]) {
      await transaction(database.pool, async (tx) => {
        await record(tx, entry(orgId, 1));
        await record(tx, { orgId, actor: "operator", action: "a", subject: "b", at: new Date(0) });
      });
    }
    const [left, right] = [
      await findAuditHead(database.pool, org),
      await findAuditHead(database.pool, other),
    ];
    expect(await verifyAudit(database.pool, org, left)).toEqual({
      state: "intact",
      entries: 2n,
      head: left,
    });
    expect(left?.hash).not.toBe(right?.hash);
    let hash: Buffer = createHash("sha256").update("").digest();
    for await (const row of readAudit(database.pool, org)) hash = hashOf(org, row, hash);
    expect(hash.toString("hex")).toBe(left?.hash);
  });

  it("is intact and without a head where nothing was logged", async () => {
    const orgId = await makeOrganization("silent");
    expect(await verifyAudit(database.pool, orgId)).toEqual({
      state: "intact",
      entries: 0n,
      head: undefined,
    });
  });

  it("loses the entry with the transaction that it belongs to", async () => {
    const orgId = await fresh(1);
    const failing = transaction(database.pool, async (tx) => {
      await record(tx, entry(orgId, 2));
      throw new Error("the change failed");
    });
    await expect(failing).rejects.toThrow("the change failed");
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({ state: "intact", entries: 1n });
  });

  it("keeps one order when writers of one organisation meet", async () => {
    const orgId = await fresh(0);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        transaction(database.pool, (tx) => record(tx, entry(orgId, index + 1))),
      ),
    );
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({
      state: "intact",
      entries: 40n,
    });
  });

  it("lists what happened to a subject, newest first and of this organisation only", async () => {
    const orgId = await fresh(3);
    await fresh(3);
    await transaction(database.pool, (tx) =>
      record(tx, { ...entry(orgId, 9), subject: "scope:2" }),
    );
    const found = await listAudit(database.pool, { orgId, subjects: ["scope:2"], limit: 10 });
    expect(found.map((row) => row.position)).toEqual([4n, 2n]);
    const older = await listAudit(database.pool, {
      orgId,
      subjects: ["scope:2"],
      limit: 10,
      before: 4n,
    });
    expect(older.map((row) => row.actor)).toEqual(["person:2"]);
    const all = [];
    for await (const row of readAudit(database.pool, orgId)) all.push(row.subject);
    expect(all).toEqual(["scope:1", "scope:2", "scope:3", "scope:2"]);
  });
});

describe("a changed audit log", () => {
  it("lets the application neither change, delete, empty nor write it directly", async () => {
    const orgId = await fresh(2);
    for (const statement of [
      "update audit_entry set reason = 'x'",
      "delete from audit_entry",
      "truncate audit_entry",
      "update audit_head set position = 0",
      "delete from audit_head",
      `insert into audit_entry (org_id, position, at, actor, action, subject, previous_hash, hash)
       values (${orgId}, 9, now(), 'system', 'a', 'b', '', '')`,
      "alter table audit_entry disable trigger all",
    ]) {
      await expect(database.pool.query(statement)).rejects.toMatchObject({ code: "42501" });
    }
  });

  it("refuses even its owner while the triggers are on, also as a replica", async () => {
    await fresh(2);
    const client = await database.owner.connect();
    await client.query("set session_replication_role = replica");
    for (const statement of [
      "update audit_entry set reason = 'x'",
      "delete from audit_entry",
      "truncate audit_entry",
      "delete from audit_head",
      "truncate audit_head",
      "update audit_head set position = position - 1",
    ]) {
      await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
    }
    await client.query("reset session_replication_role");
    client.release();
  });

  it.each([
    ["actor", "actor = 'person:99'"],
    ["account", "actor_account = 'slack:T1:U1'"],
    ["time", "at = at + interval '1 millisecond'"],
    ["action", "action = 'scope.added'"],
    ["subject", "subject = 'scope:1'"],
    ["value before", "before = null"],
    ["value after", "after = after || ' '"],
    ["reason", "reason = null"],
    ["surface", "surface = 'teams'"],
    // The same characters, moved over the border of two fields.
    ["border of two fields", "action = 'scope.changedscope', subject = ':3'"],
  ])("finds the first entry whose %s was changed", async (_what, assignment) => {
    const orgId = await fresh(5);
    await tamper(`update audit_entry set ${assignment} where org_id = $1 and position = 3`, [
      orgId,
    ]);
    expect(await verifyAudit(database.pool, orgId)).toEqual({
      state: "broken",
      position: 3n,
      reason: "the entry was changed",
    });
  });

  it("finds a removed entry, swapped entries and one taken from another organisation", async () => {
    const removed = await fresh(5);
    await tamper("delete from audit_entry where org_id = $1 and position = 2", [removed]);
    expect(await verifyAudit(database.pool, removed)).toMatchObject({ position: 2n });

    const swapped = await fresh(5);
    await tamper(
      `update audit_entry e set subject = o.subject, actor = o.actor, at = o.at, before = o.before,
         hash = o.hash from audit_entry o
       where e.org_id = $1 and o.org_id = $1 and e.position in (2, 3)
         and o.position = 5 - e.position`,
      [swapped],
    );
    expect(await verifyAudit(database.pool, swapped)).toMatchObject({ position: 2n });

    const [victim, donor] = [await fresh(3), await fresh(3)];
    await tamper("delete from audit_entry where org_id = $1", [victim]);
    await tamper("update audit_entry set org_id = $1 where org_id = $2", [victim, donor]);
    expect(await verifyAudit(database.pool, victim)).toMatchObject({ position: 1n });
  });

  it("finds a cut tail by the head row, one cut with its head by a published head", async () => {
    const orgId = await fresh(5);
    const published = await findAuditHead(database.pool, orgId);
    await tamper("delete from audit_entry where org_id = $1 and position > 3", [orgId]);
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({
      state: "broken",
      position: 4n,
    });

    await tamper(
      `update audit_head h set position = e.position, hash = e.hash from audit_entry e
       where h.org_id = $1 and e.org_id = $1 and e.position = 3`,
      [orgId],
    );
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({ state: "intact", entries: 3n });
    expect(await verifyAudit(database.pool, orgId, published)).toMatchObject({
      state: "broken",
      position: 4n,
    });

    // The tail regrows to the published length, with other content.
    await transaction(database.pool, (tx) =>
      recordAll(tx, orgId, [entry(orgId, 70), entry(orgId, 71), entry(orgId, 72)]),
    );
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({ state: "intact", entries: 6n });
    expect(await verifyAudit(database.pool, orgId, published)).toMatchObject({
      state: "broken",
      position: 5n,
    });
  });

  it("reads more than one page and verifies to the last entry", async () => {
    const orgId = await fresh(1_001);
    const seen = [];
    for await (const row of readAudit(database.pool, orgId)) seen.push(row.position);
    expect(seen).toEqual(Array.from({ length: 1_001 }, (_, index) => BigInt(index + 1)));
    await tamper("delete from audit_entry where org_id = $1 and position = 1001", [orgId]);
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({ position: 1_001n });
  });
});
