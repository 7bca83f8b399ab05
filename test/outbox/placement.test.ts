import { beforeEach, describe, expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import { deliverNext, findNextDue } from "#core/outbox/delivery.ts";
import { DeliveryError, type OutboxPort } from "#core/outbox/port.ts";
import type { NewMessageInput } from "#core/outbox/schema.ts";
import * as outbox from "#core/outbox/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { answer, chat, newMessage } from "./message.ts";
import { clearQueues, insertOrganizations } from "./organization.ts";

const database = useDatabase();
const NOON = new Date("2026-11-18T12:00:00Z");
const NIGHT = new Date("2026-11-18T23:00:00Z");

beforeEach(() => clearQueues(database.owner));

async function setUp(timeZone?: string) {
  const keys = ["acme", "umbrella"];
  const [org = 0, other = 0] = await insertOrganizations(database.owner, keys, timeZone);
  return { org, other, port: chat() };
}

function enqueue(orgId: number, dedupeKey: string, more: Partial<NewMessageInput> = {}, at = NOON) {
  return transaction(database.pool, (tx) =>
    outbox.enqueue(tx, newMessage(orgId, dedupeKey, { urgency: "report", ...more }), at),
  );
}

function delivery(port: OutboxPort, at = NOON) {
  return { pool: database.pool, clock: () => at, ports: { chat: port } };
}

async function drain(port: OutboxPort, at = NOON): Promise<void> {
  for (;;) if ((await deliverNext(delivery(port, at))).state === "idle") return;
}

async function stateOf(orgId: number, dedupeKey: string): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ state: string }>(
    "select state from outbox where org_id = $1 and dedupe_key = $2",
    [orgId, dedupeKey],
  );
  return rows[0]?.state;
}

describe("three unasked messages a day and channel", () => {
  it("are posted; the rest threads under them, of each organisation by itself", async () => {
    const { org, other, port } = await setUp();
    for (const key of ["a", "b", "c", "d", "e"]) await enqueue(org, key);
    await enqueue(org, "elsewhere", { destination: "C2" });
    await enqueue(other, "theirs");
    await enqueue(org, "asked", { urgency: "asked" });
    await drain(port);
    const placed = port.seen.map((one) => `${one.key} ${one.act}`);
    expect([...placed].sort()).toEqual([
      "a post",
      "asked post",
      "b post",
      "c post",
      "d thread",
      "e thread",
      "elsewhere post",
      "theirs post",
    ]);
    const under = port.seen.findIndex((one) => one.key === "c") + 1;
    expect(port.seen.filter((one) => one.act === "thread").map((one) => one.under)).toEqual([
      `ref-${under}`,
      `ref-${under}`,
    ]);
  });

  it("hold by the organisation's day, not by that of UTC", async () => {
    const { org, port } = await setUp("America/New_York");
    const evening = new Date("2026-11-19T00:30:00Z");
    for (const key of ["a", "b", "c"]) await enqueue(org, key, { urgency: "urgent" });
    await drain(port);
    await enqueue(org, "same day", { urgency: "urgent" }, evening);
    await drain(port, evening);
    await enqueue(org, "next day", { urgency: "urgent" }, evening);
    await drain(port, new Date("2026-11-19T05:00:00Z"));
    expect(port.seen.slice(3).map((one) => one.act)).toEqual(["thread", "post"]);
  });

  it("do not keep a threaded first message from being followed", async () => {
    const { org, port } = await setUp();
    for (const key of ["a", "b", "c"]) await enqueue(org, key);
    await enqueue(org, "finding", { threadKey: "finding:1" });
    await enqueue(org, "more", { threadKey: "finding:1", placement: "thread" });
    await enqueue(org, "resolved", { threadKey: "finding:1", placement: "update" });
    await drain(port);
    expect(port.seen.slice(3)).toMatchObject([
      { key: "finding", act: "thread", under: "ref-3" },
      { key: "more", act: "thread", under: "ref-3" },
      { key: "resolved", act: "update", under: "ref-4" },
    ]);
  });
});

describe("follow-ups", () => {
  it("stand under the first message or replace it, and never overtake it", async () => {
    const { org, port } = await setUp();
    await enqueue(org, "open", { threadKey: "finding:1" });
    await enqueue(org, "detail", { threadKey: "finding:1", placement: "thread" });
    await enqueue(org, "unrelated", { destination: "C1" });
    port.fail(new DeliveryError("internal_error"));
    await drain(port);
    expect(port.seen.map((one) => one.key)).toEqual(["unrelated"]);
    await enqueue(org, "resolved", { threadKey: "finding:1", placement: "update" });
    await drain(port, new Date(NOON.getTime() + 5_000));
    expect(port.seen.slice(1)).toMatchObject([
      { key: "open", act: "post", under: undefined },
      { key: "detail", act: "thread", under: "ref-2" },
      { key: "resolved", act: "update", under: "ref-2" },
    ]);
  });

  it("find their first message at their own destination and in their own organisation", async () => {
    const { org, other, port } = await setUp();
    await enqueue(org, "here", { threadKey: "finding:1" });
    await enqueue(other, "theirs", { threadKey: "finding:1" });
    await enqueue(org, "there", { threadKey: "finding:1", destination: "C2" });
    await drain(port);
    await enqueue(org, "follow", {
      threadKey: "finding:1",
      placement: "update",
      destination: "C2",
    });
    await drain(port);
    const first = port.seen.findIndex((one) => one.key === "there") + 1;
    expect(port.seen.at(-1)).toMatchObject({ act: "update", under: `ref-${first}` });
  });

  it("a newer edit takes the place of one that still waits", async () => {
    const { org, port } = await setUp();
    await enqueue(org, "open", { threadKey: "finding:1" });
    await drain(port);
    for (const key of ["$38", "$41", "$49"]) {
      await enqueue(org, key, { threadKey: "finding:1", placement: "update" });
    }
    await drain(port);
    expect(port.seen.map((one) => one.key)).toEqual(["open", "$49"]);
    expect(await stateOf(org, "$41")).toBe("superseded");
  });

  it("whose first message was parked are posted themselves, and are followed", async () => {
    const { org, port } = await setUp();
    await enqueue(org, "open", { threadKey: "finding:1" });
    port.fail(new DeliveryError("msg_too_long", { permanent: true }));
    await drain(port);
    await enqueue(org, "acknowledged", { threadKey: "finding:1", placement: "update" });
    await enqueue(org, "thanks", { threadKey: "finding:1", placement: "thread" });
    await drain(port);
    expect(port.seen).toMatchObject([
      { key: "acknowledged", act: "post" },
      { key: "thanks", act: "thread", under: "ref-1" },
    ]);
  });

  it("of a thread that was begun anew stand under the newer message", async () => {
    const { org, port } = await setUp();
    await enqueue(org, "first", { threadKey: "budget:1" });
    await enqueue(org, "second", { threadKey: "budget:1" });
    await enqueue(org, "reply", { threadKey: "budget:1", placement: "thread" });
    await drain(port);
    expect(port.seen.at(-1)).toMatchObject({ key: "reply", under: "ref-2" });
  });

  it("that may have arrived are looked for where they were placed", async () => {
    const { org, port } = await setUp();
    await enqueue(org, "open", { threadKey: "finding:1" });
    await drain(port);
    await enqueue(org, "reply", { threadKey: "finding:1", placement: "thread" });
    const looked: unknown[] = [];
    const lossy: OutboxPort = {
      deliver: () => Promise.reject(new Error("socket hang up")),
      findDelivered: (message) => {
        looked.push({ act: message.act, reference: message.reference });
        return Promise.resolve({ reference: "ref-9" });
      },
    };
    await drain(lossy);
    await drain(lossy, new Date(NOON.getTime() + 60_000));
    expect(looked).toEqual([{ act: "thread", reference: "ref-1" }]);
    expect(await stateOf(org, "reply")).toBe("sent");
  });
});

describe("people who asked for quiet", () => {
  it("get reports in the morning, and what is urgent at once", async () => {
    const { org, port } = await setUp();
    await enqueue(org, "report", {}, NIGHT);
    await enqueue(org, "cap", { urgency: "urgent" }, NIGHT);
    await drain(port, NIGHT);
    expect(port.seen.map((one) => one.key)).toEqual(["cap"]);
    const morning = new Date("2026-11-19T07:00:00Z");
    expect(await findNextDue(delivery(port, NIGHT))).toEqual(morning);
    await drain(port, morning);
    expect(port.seen.map((one) => one.key)).toEqual(["cap", "report"]);
  });

  it("can choose their own hours, or none, per channel", async () => {
    const { org, port } = await setUp();
    const at = { orgId: org, surface: "chat", destination: "C1" };
    const set = (hours: { from: string; until: string } | undefined) =>
      transaction(database.pool, (tx) => outbox.setQuietHours(tx, at, hours));
    await set({ from: "11:00", until: "13:00" });
    await enqueue(org, "here");
    await enqueue(org, "there", { destination: "C2" });
    await drain(port);
    expect(port.seen.map((one) => one.key)).toEqual(["there"]);
    await set({ from: "00:00", until: "00:00" });
    await drain(port, new Date("2026-11-19T03:00:00Z"));
    expect(port.seen.map((one) => one.key)).toEqual(["there", "here"]);
    await set(undefined);
    const chosen = await outbox.findPreferences(database.pool, at);
    expect(chosen.quietHours).toEqual({ from: "20:00", until: "07:00" });
    await expect(set({ from: "24:00", until: "07:00" })).rejects.toThrow(
      "'24:00' is not a time of day",
    );
  });

  it("follow the organisation's file where a channel has no hours of its own", async () => {
    const { org, other, port } = await setUp();
    await database.owner.query(
      `insert into organization_policy (org_id, quiet_from, quiet_until)
       values ($1, '11:00', '13:00')`,
      [org],
    );
    const own = { orgId: org, surface: "chat", destination: "C2" };
    await transaction(database.pool, (tx) =>
      outbox.setQuietHours(tx, own, { from: "01:00", until: "02:00" }),
    );
    await enqueue(org, "waits");
    await enqueue(org, "own hours", { destination: "C2" });
    await enqueue(other, "other organisation");
    await drain(port);
    expect(port.seen.map((one) => one.key).sort()).toEqual(["other organisation", "own hours"]);
    const at = { orgId: org, surface: "chat", destination: "C1" };
    expect((await outbox.findPreferences(database.pool, at)).quietHours).toEqual({
      from: "11:00",
      until: "13:00",
    });
  });

  it("can mute a kind in a channel and take it back; what is urgent still comes", async () => {
    const { org, other, port } = await setUp();
    const at = { orgId: org, surface: "chat", destination: "C1" };
    const mute = () =>
      transaction(database.pool, (tx) => outbox.muteKind(tx, at, "weekly_showback"));
    await mute();
    await mute();
    expect((await outbox.findPreferences(database.pool, at)).mutedKinds).toEqual([
      "weekly_showback",
    ]);
    await enqueue(org, "muted");
    await enqueue(org, "urgent", { urgency: "urgent" });
    await enqueue(org, "other kind", { kind: "monthly_review" });
    await enqueue(org, "other channel", { destination: "C2" });
    await enqueue(other, "other organisation");
    await drain(port);
    expect(port.seen.map((one) => one.key).sort()).toEqual([
      "other channel",
      "other kind",
      "other organisation",
      "urgent",
    ]);
    expect(await stateOf(org, "muted")).toBe("muted");
    await transaction(database.pool, (tx) => outbox.unmuteKind(tx, at, "weekly_showback"));
    await enqueue(org, "back", { body: answer("back") });
    await drain(port);
    expect(port.seen.at(-1)?.key).toBe("back");
  });
});
