import type { Pool } from "pg";
import { endFinding } from "#core/anomalies/service.ts";
import { record } from "#core/audit/service.ts";
import type { Db, Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import type { Names } from "#core/ledger/names.ts";
import type { TokenActor } from "#core/org/ingest-token.ts";
import type { SecretBox } from "#core/org/secret-box.ts";
import type { Day } from "#core/time.ts";
import { type KnownItem, listItems, replaceToolDay, upsertItems } from "./item-store.ts";
import {
  type CodingToolDay,
  type Connection,
  ConnectionName,
  type ConnectionSettings,
  type FeedProgress,
  type NativeItem,
  type SourceKind,
} from "./schema.ts";
import * as store from "./store.ts";

export type { KnownItem } from "./item-store.ts";

export interface ConnectRequest {
  readonly orgId: number;
  readonly kind: SourceKind;
  readonly name: string;
  readonly settings: ConnectionSettings;
  /** In the clear; sealed before it is written, and nowhere else. */
  readonly secret: string;
  readonly by: TokenActor;
  readonly now: Date;
}

/** A sealed credential opens for its organisation and connection alone. */
export function aboutCredential(orgId: number, name: string): string {
  return `connection ${orgId} ${name}`;
}

/**
 * Remembers a source with its key; the same name and kind again renews the key. The caller has asked
 * whether this person may (`connect_source`). Throws `connection_name_invalid`, `connection_taken`.
 */
export async function saveConnection(
  pool: Pool,
  box: SecretBox,
  request: ConnectRequest,
): Promise<Connection> {
  const { orgId, kind, name, settings, secret, by, now } = request;
  if (!ConnectionName.safeParse(name).success) {
    throw new AispendError("connection_name_invalid", `'${name}' is no name for a connection`, {
      help: "Use lower-case letters, digits and -, up to 40.",
    });
  }
  const credential = box.seal(secret, aboutCredential(orgId, name));
  return transaction(pool, async (tx) => {
    const connectedBy = typeof by.actor === "number" ? by.actor : null;
    const made = { orgId, kind, name, settings, credential, connectedBy, now };
    const id = (await store.insertConnection(tx, made)) ?? (await renew(tx, request, credential));
    await record(tx, {
      ...by,
      orgId,
      action: "connection.saved",
      subject: `connection:${id}`,
      after: { kind, name },
      at: now,
    });
    return getConnection(tx, orgId, id);
  });
}

async function renew(tx: Tx, request: ConnectRequest, credential: string): Promise<number> {
  const { orgId, kind, name, settings } = request;
  const known = (await store.listConnections(tx, orgId)).find((one) => one.name === name);
  if (known === undefined || known.kind !== kind) {
    throw new AispendError("connection_taken", `'${name}' is a connection of ${known?.kind}`, {
      kind: "conflict",
      help: "Choose another --name, or disconnect that one first.",
    });
  }
  await store.updateCredential(tx, { orgId, id: known.id, credential, settings });
  return known.id;
}

/** Throws `connection_not_found`. */
export async function getConnection(db: Db, orgId: number, id: number): Promise<Connection> {
  const found = await store.findConnection(db, orgId, id);
  if (found !== undefined) return found;
  throw new AispendError("connection_not_found", `there is no connection ${id}`, {
    kind: "not_found",
    help: "List them: aispend connections.",
  });
}

export function listConnections(db: Db, orgId: number): Promise<Connection[]> {
  return store.listConnections(db, orgId);
}

/** By its name. Throws `connection_not_found` with the names there are. */
export async function connectionNamed(db: Db, orgId: number, name: string): Promise<Connection> {
  const all = await store.listConnections(db, orgId);
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name).join(", ");
  throw new AispendError("connection_not_found", `there is no connection '${name}'`, {
    kind: "not_found",
    help: names === "" ? "Make one: aispend connect openai." : `There is: ${names}.`,
  });
}

/** The key in the clear, for the time of a request. Throws `connection_not_found`. */
export async function openCredential(
  db: Db,
  box: SecretBox,
  connection: Pick<Connection, "orgId" | "id" | "name">,
): Promise<string> {
  const { orgId, id, name } = connection;
  const sealed = await store.findCredential(db, orgId, id);
  if (sealed !== null) return box.open(sealed, aboutCredential(orgId, name));
  throw new AispendError("connection_not_found", `'${name}' is not connected any more`, {
    kind: "not_found",
  });
}

/** Takes the secret away; what was read stays. Throws `connection_not_found`. */
export async function disconnect(
  pool: Pool,
  args: { orgId: number; connection: Connection; by: TokenActor; now: Date },
): Promise<void> {
  const { orgId, connection, by, now } = args;
  const { id, kind, name } = connection;
  await transaction(pool, async (tx) => {
    if (!(await store.updateDisconnected(tx, { orgId, id, now }))) return;
    const subject = { kind: "source" as const, key: name };
    await endFinding(tx, { orgId, class: "source_quiet", subject, now });
    const action = "connection.disconnected";
    await record(tx, {
      ...by,
      orgId,
      action,
      subject: `connection:${id}`,
      before: { kind, name },
      at: now,
    });
  });
}

export interface CheckResult {
  readonly account: string;
  readonly accountName: string | undefined;
  readonly excessRights: string | undefined;
  readonly items: readonly NativeItem[];
}

/** What the key turned out to open; persons become opaque ids here. */
export async function saveCheck(
  pool: Pool,
  names: Pick<Names, "ensure" | "idOf">,
  args: { orgId: number; id: number; check: CheckResult; now: Date },
): Promise<void> {
  const { orgId, id, check, now } = args;
  const persons = check.items.flatMap(({ person }) => (person === null ? [] : [person]));
  await names.ensure(orgId, new Map([["person", new Set(persons)]]));
  const items = check.items.map(({ person, ...item }) => ({
    ...item,
    personId: person === null ? null : names.idOf(orgId, "person", person),
  }));
  await transaction(pool, async (tx) => {
    await store.updateChecked(tx, {
      orgId,
      id,
      account: check.account,
      accountName: check.accountName ?? null,
      excessRights: check.excessRights ?? null,
      now,
    });
    await upsertItems(tx, { orgId, connectionId: id, items, now });
  });
}

export async function saveRefusal(
  db: Db,
  refused: { orgId: number; id: number; reason: string; now: Date },
): Promise<void> {
  await store.updateRefused(db, refused);
}

export function listFeeds(db: Db, orgId: number, id: number): Promise<FeedProgress[]> {
  return store.listFeeds(db, orgId, id);
}

/** Makes the feed's row, or takes its back-fill further into the past. */
export async function beginFeed(
  db: Db,
  feed: store.FeedRef & { firstDay: Day },
): Promise<FeedProgress> {
  await store.upsertFeed(db, feed);
  const found = (await store.listFeeds(db, feed.orgId, feed.connectionId)).find(
    (one) => one.feed === feed.feed,
  );
  if (found === undefined) throw new Error("a feed that was written is there");
  return found;
}

export function saveFeedRead(db: Db, advance: store.FeedAdvance): Promise<void> {
  return store.updateFeedRead(db, advance);
}

export function saveFeedFailure(
  db: Db,
  failed: store.FeedRef & { failure: string; now: Date },
): Promise<void> {
  return store.updateFeedFailed(db, failed);
}

/** Projects, keys or seats that connected accounts list. */
export function listNativeItems(
  db: Db,
  orgId: number,
  kinds: readonly NativeItem["kind"][],
): Promise<KnownItem[]> {
  return listItems(db, orgId, kinds);
}

/** What a coding tool says of one UTC day, in place of what it said before. */
export async function saveToolDay(
  pool: Pool,
  names: Pick<Names, "ensure" | "idOf">,
  args: { orgId: number; connectionId: number; day: Day; rows: readonly CodingToolDay[] },
): Promise<void> {
  const { orgId, connectionId, day } = args;
  const persons = args.rows.flatMap(({ person }) => (person === null ? [] : [person]));
  await names.ensure(orgId, new Map([["person", new Set(persons)]]));
  const rows = args.rows.map(({ person, ...row }) => ({
    ...row,
    personId: person === null ? 0 : names.idOf(orgId, "person", person),
  }));
  await transaction(pool, (tx) => replaceToolDay(tx, { orgId, connectionId, day, rows }));
}
