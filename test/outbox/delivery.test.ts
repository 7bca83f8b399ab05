import { once } from "node:events";
import { beforeEach, describe, expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import {
  type Delivery,
  type DeliveryOutcome,
  deliverNext,
  findNextDue,
} from "#core/outbox/delivery.ts";
import { DeliveryError, type OutboxPort } from "#core/outbox/port.ts";
import type { NewMessageInput } from "#core/outbox/schema.ts";
import * as outbox from "#core/outbox/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { answer, chat, newMessage } from "./message.ts";
import { clearQueues, insertOrganizations } from "./organization.ts";

const database = useDatabase();
const NOON = new Date("2026-11-18T12:00:00Z");

beforeEach(() => clearQueues(database.owner));

async function setUp(timeZone?: string) {
  const [org = 0, other = 0] = await insertOrganizations(
    database.owner,
    ["acme", "umbrella"],
    timeZone,
  );
  return { org, other, port: chat() };
}

function enqueue(message: NewMessageInput, at = NOON) {
  return transaction(database.pool, (tx) => outbox.enqueue(tx, message, at));
}

function delivery(port: OutboxPort, at = NOON, more: Partial<Delivery> = {}): Delivery {
  return { pool: database.pool, clock: () => at, ports: { chat: port }, ...more };
}

async function drain(port: OutboxPort, at = NOON): Promise<DeliveryOutcome["state"][]> {
  const states: DeliveryOutcome["state"][] = [];
  for (;;) {
    const { state } = await deliverNext(delivery(port, at));
    if (state === "idle") return states;
    states.push(state);
  }
}

async function states(orgId: number): Promise<Record<string, string>> {
  const all = ["queued", "sending", "sent", "parked", "muted", "superseded", "discarded"] as const;
  const rows = await outbox.listMessages(database.pool, orgId, { states: all });
  return Object.fromEntries(rows.reverse().map((row) => [row.dedupeKey, row.state]));
}

function minutes(count: number, from = NOON): Date {
  return new Date(from.getTime() + count * 60_000);
}

describe("enqueue", () => {
  it("owes nothing when the decision is rolled back", async () => {
    const { org, port } = await setUp();
    const decided = transaction(database.pool, async (tx) => {
      await outbox.enqueue(tx, newMessage(org, "a"), NOON);
      throw new Error("the decision failed");
    });
    await expect(decided).rejects.toThrow("the decision failed");
    expect(await drain(port)).toEqual([]);
  });

  it("owes one message per key, also when two decide at once", async () => {
    const { org, other, port } = await setUp();
    const made = await Promise.all(
      [org, org, org, other].map((id) => enqueue(newMessage(id, "budget:12:2026-11:80"))),
    );
    expect(made.map((one) => one.state).sort()).toEqual([
      "duplicate",
      "duplicate",
      "enqueued",
      "enqueued",
    ]);
    expect(await drain(port)).toEqual(["sent", "sent"]);
    expect((await enqueue(newMessage(org, "budget:12:2026-11:80"))).state).toBe("duplicate");
    expect(await drain(port)).toEqual([]);
  });

  it("refuses a follow-up of nothing, a strange kind and a body that is too long", async () => {
    const { org } = await setUp();
    const refused: Partial<NewMessageInput>[] = [
      { placement: "thread" },
      { placement: "update" },
      { kind: "Weekly Showback" },
      { destination: "" },
      { dedupeKey: "" },
    ];
    for (const more of refused) {
      await expect(enqueue(newMessage(org, "a", more))).rejects.toThrow();
    }
    const long = newMessage(org, "a", { body: answer("x".repeat(1_000_001)) });
    await expect(enqueue(long)).rejects.toMatchObject({ code: "message_too_large" });
  });
});

describe("delivery", () => {
  it("posts in order and records what names the message", async () => {
    const { org, port } = await setUp();
    for (const key of ["a", "b", "c"]) await enqueue(newMessage(org, key));
    expect(await drain(port)).toEqual(["sent", "sent", "sent"]);
    expect(port.seen.map((one) => one.key)).toEqual(["a", "b", "c"]);
    const [newest] = await outbox.listMessages(database.pool, org, { states: ["sent"] });
    expect(newest).toMatchObject({ dedupeKey: "c", reference: "ref-3", sentAt: NOON, attempts: 1 });
  });

  it("leaves what is not due, and other surfaces, alone", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "later", { notBefore: minutes(5) }));
    await enqueue(newMessage(org, "elsewhere", { surface: "fax" }));
    expect(await drain(port, minutes(4.9))).toEqual([]);
    expect(await findNextDue(delivery(port))).toEqual(minutes(5));
    expect(await drain(port, minutes(5))).toEqual(["sent"]);
  });

  it("takes nothing more once its worker stops, even where it had begun to look", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    const stopping = new AbortController();
    const looking = deliverNext(delivery(port, NOON, { stopping: stopping.signal }));
    stopping.abort();
    expect(await looking).toEqual({ state: "idle" });
    expect(await states(org)).toEqual({ a: "queued" });
    expect(await drain(port)).toEqual(["sent"]);
  });

  it("by many at once sends each message once and keeps the order of each destination", async () => {
    const { org, other, port } = await setUp();
    const lanes = new Map<string, string[]>();
    for (let index = 0; index < 120; index += 1) {
      const orgId = index % 2 === 0 ? org : other;
      const destination = `C${index % 5}`;
      const key = `m${index}`;
      await enqueue(newMessage(orgId, key, { destination, urgency: "asked" }));
      const lane = `${orgId} ${destination}`;
      lanes.set(lane, [...(lanes.get(lane) ?? []), key]);
    }
    const worker = async () => {
      for (let idle = 0; idle < 5; ) {
        const { state } = await deliverNext(delivery(port));
        idle = state === "idle" ? idle + 1 : 0;
      }
    };
    await Promise.all(Array.from({ length: 6 }, worker));
    const seen = new Map<string, string[]>();
    for (const { orgId, destination, key } of port.seen) {
      const lane = `${orgId} ${destination}`;
      seen.set(lane, [...(seen.get(lane) ?? []), key]);
    }
    expect([...seen].sort()).toEqual([...lanes].sort());
  });

  it("spaces messages to one destination as its surface asks, not to others", async () => {
    const { org, port } = await setUp();
    const spaced = { ...port, minIntervalMs: 1_000 };
    for (const key of ["a", "b"]) await enqueue(newMessage(org, key));
    await enqueue(newMessage(org, "c", { destination: "C2" }));
    expect(await drain(spaced)).toEqual(["sent", "sent"]);
    expect(port.seen.map((one) => one.key)).toEqual(["a", "c"]);
    expect(await findNextDue(delivery(spaced))).toEqual(new Date(NOON.getTime() + 1_000));
    expect(await drain(spaced, new Date(NOON.getTime() + 999))).toEqual([]);
    expect(await drain(spaced, new Date(NOON.getTime() + 1_000))).toEqual(["sent"]);
  });

  it("a message written by another release does not block the channel", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "strange"));
    await enqueue(newMessage(org, "next"));
    await database.owner.query(
      `update outbox set body = '{"card": 2}' where dedupe_key = 'strange'`,
    );
    expect(await drain(port)).toEqual(["settled", "sent"]);
    expect(await states(org)).toEqual({ strange: "parked", next: "sent" });
  });
});

describe("a surface that refuses", () => {
  it("with Retry-After is left alone that long, and it does not count as a failure", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    await enqueue(newMessage(org, "b"));
    await enqueue(newMessage(org, "c", { destination: "C2" }));
    port.fail(new DeliveryError("ratelimited", { retryAfterMs: 30_000 }));
    expect(await drain(port)).toEqual(["postponed", "sent"]);
    expect(port.seen.map((one) => one.key)).toEqual(["c"]);
    expect(await drain(port, minutes(0.49))).toEqual([]);
    expect(await drain(port, minutes(0.5))).toEqual(["sent", "sent"]);
    const rows = await outbox.listMessages(database.pool, org, { states: ["sent"] });
    expect(rows.map((row) => row.attempts)).toEqual([1, 1, 1]);
  });

  it("for the whole workspace holds every destination of that organisation only", async () => {
    const { org, other, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    await enqueue(newMessage(org, "b", { destination: "C2" }));
    await enqueue(newMessage(other, "c"));
    port.fail(new DeliveryError("ratelimited", { retryAfterMs: 60_000, wholeSurface: true }));
    expect(await drain(port)).toEqual(["postponed", "sent"]);
    expect(port.seen.map((one) => one.key)).toEqual(["c"]);
    expect(await findNextDue(delivery(port))).toEqual(minutes(1));
    expect(await drain(port, minutes(1))).toEqual(["sent", "sent"]);
  });

  it("for good is parked at once with its words", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    port.fail(new DeliveryError("channel_not_found", { permanent: true }));
    expect(await drain(port)).toEqual(["parked"]);
    expect(await outbox.listMessages(database.pool, org)).toMatchObject([
      { dedupeKey: "a", state: "parked", reason: "channel_not_found", attempts: 1 },
    ]);
  });

  it("again and again is parked after its tries, in one transaction with who is told", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    const retries = { attempts: 3, firstMs: 5_000, maxMs: 60_000 };
    const parked: Delivery["parked"] = async (message, reason, tx) => {
      const told = newMessage(message.orgId, `parked:${message.dedupeKey}`, { surface: "fax" });
      await outbox.enqueue(tx, { ...told, body: answer(reason) }, NOON);
    };
    let at = NOON;
    const outcomes: string[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      port.fail(new DeliveryError(`internal_error ${attempt}`));
      outcomes.push((await deliverNext(delivery(port, at, { retries, parked }))).state);
      at = (await findNextDue(delivery(port))) ?? at;
    }
    expect(outcomes).toEqual(["postponed", "postponed", "parked"]);
    expect(at).toEqual(new Date(NOON.getTime() + 15_000));
    const rows = await outbox.listMessages(database.pool, org);
    expect(rows.map((row) => [row.dedupeKey, row.state, row.reason])).toEqual([
      ["parked:a", "queued", null],
      ["a", "parked", "internal_error 3"],
    ]);
  });

  it("does not hold up the other messages of its channel", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    await enqueue(newMessage(org, "b"));
    port.fail(new DeliveryError("internal_error"));
    expect(await drain(port)).toEqual(["postponed", "sent"]);
    expect(port.seen.map((one) => one.key)).toEqual(["b"]);
  });
});

describe("a message that may have arrived", () => {
  it("is looked for before it is posted again, and found", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    const looked: string[] = [];
    const searchable: OutboxPort = {
      deliver: async (message, signal) => {
        await port.deliver(message, signal);
        throw new Error("socket hang up");
      },
      findDelivered: (message) => {
        looked.push(message.dedupeKey);
        const index = port.seen.findIndex((one) => one.key === message.dedupeKey);
        return Promise.resolve(index < 0 ? undefined : { reference: `ref-${index + 1}` });
      },
    };
    expect(await drain(searchable)).toEqual(["postponed"]);
    expect(await drain(searchable, minutes(1))).toEqual(["sent"]);
    expect(port.seen).toHaveLength(1);
    expect(looked).toEqual(["a"]);
    const [row] = await outbox.listMessages(database.pool, org, { states: ["sent"] });
    expect(row).toMatchObject({ reference: "ref-1", attempts: 2 });
  });

  it("is not looked for when the surface said that it did not arrive", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    const looked: string[] = [];
    const searchable: OutboxPort = {
      deliver: port.deliver,
      findDelivered: (message) => {
        looked.push(message.dedupeKey);
        return Promise.resolve(undefined);
      },
    };
    port.fail(new DeliveryError("internal_error"));
    expect(await drain(searchable)).toEqual(["postponed"]);
    expect(await drain(searchable, minutes(1))).toEqual(["sent"]);
    expect(looked).toEqual([]);
  });

  it("stays in doubt while the look-up fails", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    let lookUps = 0;
    const searchable: OutboxPort = {
      deliver: async (message, signal) => {
        await port.deliver(message, signal);
        throw new Error("socket hang up");
      },
      findDelivered: () => {
        lookUps += 1;
        if (lookUps < 3) return Promise.reject(new DeliveryError("slow down", { retryAfterMs: 1 }));
        return Promise.resolve({ reference: "ref-1" });
      },
    };
    for (let minute = 0; minute < 5; minute += 1) await drain(searchable, minutes(minute));
    expect([lookUps, port.seen.length]).toEqual([3, 1]);
    expect(await states(org)).toEqual({ a: "sent" });
  });

  it("is given up by a port that hangs, within its lease", async () => {
    const { org } = await setUp();
    await enqueue(newMessage(org, "a"));
    const hanging: OutboxPort = { deliver: () => new Promise(() => undefined) };
    const outcome = await deliverNext(delivery(hanging, NOON, { leaseMs: 40 }));
    expect(outcome).toMatchObject({
      state: "postponed",
      reason: "the surface did not answer in time",
    });
  });

  it("of a worker that hangs is taken over when its lease is over, not before", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "a"));
    await enqueue(newMessage(org, "b"));
    const wake = new AbortController();
    const late = once(wake.signal, "abort").then(() => ({ reference: "late" }));
    const hanging = deliverNext(delivery({ deliver: () => late }, NOON, { leaseMs: 60_000 }));
    await expect.poll(() => states(org)).toEqual({ a: "sending", b: "queued" });
    expect(await drain(port, minutes(0.99))).toEqual([]);
    expect(await drain(port, minutes(1))).toEqual(["sent", "sent"]);
    wake.abort();
    // It comes too late to say anything about a message that is another one's by now.
    expect(await hanging).toMatchObject({ state: "lost" });
    const rows = await outbox.listMessages(database.pool, org, { states: ["sent"] });
    expect(rows.map((row) => row.reference)).toEqual(["ref-2", "ref-1"]);
  });
});

describe("what the operator can do", () => {
  it("is to give a parked message its tries back, once, within one organisation", async () => {
    const { org, other, port } = await setUp();
    const { id } = await enqueue(newMessage(org, "a"));
    port.fail(new DeliveryError("is_archived", { permanent: true }));
    await drain(port);
    const retry = (orgId: number) =>
      transaction(database.pool, (tx) => outbox.retryMessage(tx, orgId, id, NOON));
    await expect(retry(other)).rejects.toMatchObject({ code: "message_not_parked" });
    await retry(org);
    await expect(retry(org)).rejects.toMatchObject({ code: "message_not_parked" });
    expect(await drain(port)).toEqual(["sent"]);
  });

  it("is to give a message up, but not one that was sent", async () => {
    const { org, port } = await setUp();
    const { id } = await enqueue(newMessage(org, "a"));
    const discard = (message: bigint) =>
      transaction(database.pool, (tx) => outbox.discardMessage(tx, org, message));
    await discard(id);
    expect(await drain(port)).toEqual([]);
    const sent = await enqueue(newMessage(org, "b"));
    await drain(port);
    await expect(discard(sent.id)).rejects.toMatchObject({ code: "message_not_waiting" });
  });

  it("is to read the list page by page, newest first", async () => {
    const { org, other } = await setUp();
    for (const key of ["a", "b", "c"]) await enqueue(newMessage(org, key));
    await enqueue(newMessage(other, "d"));
    const first = await outbox.listMessages(database.pool, org, { limit: 2 });
    expect(first.map((row) => row.dedupeKey)).toEqual(["c", "b"]);
    const beforeId = first.at(-1)?.id ?? 0n;
    const second = await outbox.listMessages(database.pool, org, { limit: 2, beforeId });
    expect(second.map((row) => row.dedupeKey)).toEqual(["a"]);
  });

  it("nothing keeps what was said for ever, only that it was said", async () => {
    const { org, port } = await setUp();
    await enqueue(newMessage(org, "sent"));
    await drain(port);
    await enqueue(newMessage(org, "waits"));
    const erased = await transaction(database.pool, (tx) =>
      outbox.eraseBodies(tx, org, minutes(1)),
    );
    expect(erased).toBe(1);
    expect(await drain(port)).toEqual(["sent"]);
    expect((await enqueue(newMessage(org, "sent"))).state).toBe("duplicate");
  });
});
