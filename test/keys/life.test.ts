import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listCaps } from "#core/budgets/caps.ts";
import { transaction } from "#core/db/transaction.ts";
import { block, findBlock, unblock } from "#core/keys/block.ts";
import { stepKey, transferKey } from "#core/keys/life.ts";
import { findKeyByHash, findKeyByName, KEY_CHANNEL, listRaises } from "#core/keys/lookup.ts";
import { requestRaise } from "#core/keys/request-service.ts";
import { isRotating, revealKey, rotateKey, takeBackSecret } from "#core/keys/reveal.ts";
import type { VirtualKey } from "#core/keys/schema.ts";
import { changeCap } from "#core/keys/scope-cap.ts";
import { hashSecret } from "#core/keys/secret.ts";
import {
  endOverdueKeys,
  findKeyFaults,
  listExpiryWarnings,
  takeDueRequests,
} from "#core/keys/watch.ts";
import { loadRoster } from "#core/org/roster.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, append, fillAcme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { askAs, clearKeys, codeOf, DOLLAR, decideAs, person, scopeId } from "./keys.ts";

const database = useDatabase();
let acme: Acme;
const DAY_MS = 86_400_000;
const later = (days: number) => new Date(NOW.getTime() + days * DAY_MS);

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
});
beforeEach(() => clearKeys(database.owner));

async function approved(who = "u1", change = {}): Promise<VirtualKey> {
  const { request } = await askAs(database.pool, acme, who, change);
  await decideAs(database.pool, acme, "ada", request.id);
  return named(request.name);
}

async function named(name: string): Promise<VirtualKey> {
  const key = await findKeyByName(database.pool, acme.orgId, name);
  if (key === undefined) throw new Error(`no key ${name}`);
  return key;
}

function press(who: string, key: VirtualKey, now = NOW) {
  return { orgId: acme.orgId, keyId: key.id, by: person(acme, who), now };
}

const byHash = (secret: string, now = NOW) => findKeyByHash(database.pool, hashSecret(secret), now);

describe("the secret of a key", () => {
  it("is minted for its asker alone, once, and kept as a hash alone", async () => {
    const key = await approved();
    expect(await codeOf(revealKey(database.pool, press("ada", key)))).toBe("not_permitted");
    const { secret } = await revealKey(database.pool, press("u1", key));
    expect(secret).toMatch(/^sk-aispend-[A-Za-z0-9_-]{43}$/);
    expect(await byHash(secret)).toMatchObject({ name: key.name, state: "active" });
    expect(await codeOf(revealKey(database.pool, press("u1", key)))).toBe("key_state_wrong");
    expect(await byHash(`${secret}x`)).toBeUndefined();
  });

  it("asked for twice at once is minted once", async () => {
    const key = await approved();
    const both = await Promise.all(
      [1, 2].map(() => codeOf(revealKey(database.pool, press("u1", key)))),
    );
    expect(both.toSorted()).toEqual(["key_state_wrong", "ok"]);
  });

  it("that could not be shown is revoked, and Reveal works again", async () => {
    const key = await approved();
    const { secret, receipt } = await revealKey(database.pool, press("u1", key));
    const back = { orgId: acme.orgId, by: person(acme, "u1"), now: NOW, receipt };
    expect((await takeBackSecret(database.pool, { ...back, by: person(acme, "u2") })).state).toBe(
      "active",
    );
    expect((await takeBackSecret(database.pool, back)).state).toBe("approved");
    expect(await byHash(secret)).toBeUndefined();
    const again = await revealKey(database.pool, press("u1", key));
    expect(await byHash(again.secret)).toMatchObject({ state: "active" });
    // An old receipt takes nothing back.
    await takeBackSecret(database.pool, back);
    expect(await byHash(again.secret)).toMatchObject({ state: "active" });
  });

  it("not revealed in 7 days lapses, with its cap", async () => {
    const key = await approved();
    expect(await codeOf(revealKey(database.pool, press("u1", key, later(7))))).toBe("key_lapsed");
    const end = (days: number) =>
      transaction(database.pool, (tx) => endOverdueKeys(tx, acme.orgId, later(days)));
    expect(await end(6)).toEqual([]);
    expect((await end(7)).map(({ state }) => state)).toEqual(["lapsed"]);
    expect(await end(7)).toEqual([]);
    const subject = { kind: "key" as const, id: key.dimensionId };
    expect(await listCaps(database.pool, acme.orgId, subject)).toEqual([]);
  });

  it("is rotated with an overlap in which both work; lost, the old one ends at once", async () => {
    const key = await approved();
    const first = await revealKey(database.pool, press("u1", key));
    await rotateKey(database.pool, { ...press("ada", key), overlapHours: 24 });
    expect(await isRotating(database.pool, await named(key.name), NOW)).toBe(true);
    expect(await codeOf(revealKey(database.pool, press("ada", key)))).toBe("not_permitted");
    const second = await revealKey(database.pool, press("u1", key));
    expect(await byHash(first.secret, later(0.9))).toBeDefined();
    expect(await byHash(first.secret, later(1))).toBeUndefined();
    expect(await byHash(second.secret, later(30))).toBeDefined();
    expect(await codeOf(revealKey(database.pool, press("u1", key)))).toBe("key_state_wrong");
    await rotateKey(database.pool, { ...press("u1", key), overlapHours: 0 });
    expect(await byHash(second.secret)).toBeUndefined();
    expect(await codeOf(rotateKey(database.pool, { ...press("u1", key), overlapHours: 1e9 }))).toBe(
      "overlap_invalid",
    );
  });
});

describe("the life of a key", () => {
  it("is suspended, resumed and revoked by its owner or the scope's; the same again is nothing", async () => {
    const key = await approved();
    await revealKey(database.pool, press("u1", key));
    expect(await codeOf(stepKey(database.pool, "suspend", press("u2", key)))).toBe("not_permitted");
    expect(await stepKey(database.pool, "suspend", press("ada", key))).toMatchObject({
      changed: true,
    });
    expect(await stepKey(database.pool, "suspend", press("u1", key))).toMatchObject({
      changed: false,
    });
    await stepKey(database.pool, "resume", press("u1", key));
    const { key: gone } = await stepKey(database.pool, "revoke", press("u1", key));
    expect(gone.state).toBe("revoked");
    expect(await codeOf(stepKey(database.pool, "resume", press("u1", key)))).toBe(
      "key_state_wrong",
    );
  });

  it("is given to another owner, but to nobody who left", async () => {
    const key = await approved();
    await revealKey(database.pool, press("u1", key));
    await transferKey(database.pool, { ...press("ada", key), to: personId(acme, "u2") });
    expect((await named(key.name)).ownerId).toBe(personId(acme, "u2"));
    await database.owner.query("update person set left_on = '2026-11-01' where id = $1", [
      personId(acme, "u3"),
    ]);
    const gone = transferKey(database.pool, { ...press("u2", key), to: personId(acme, "u3") });
    expect(await codeOf(gone)).toBe("person_left");
    await database.owner.query("update person set left_on = null");
  });

  it("is raised by the same approval: until a day beside its cap, or for good", async () => {
    const key = await approved();
    const subject = { kind: "key" as const, id: key.dimensionId };
    const ask = { keyId: key.id, period: "month" as const, reason: "backfill" };
    const options = { orgId: acme.orgId, by: person(acme, "u1"), now: NOW };
    const today = { ...ask, amount: 300n * DOLLAR, untilDay: parseDay("2026-11-22") };
    const short = await requestRaise(database.pool, today, options);
    expect(await codeOf(decideAs(database.pool, acme, "u1", short.request.id))).toBe(
      "not_permitted",
    );
    await decideAs(database.pool, acme, "ada", short.request.id);
    const [raise] = await listRaises(database.pool, acme.orgId, NOW);
    expect(raise).toMatchObject({ subject, amount: 300n * DOLLAR, origin: "raise" });
    expect(await listRaises(database.pool, acme.orgId, later(1))).toEqual([]);
    const long = await requestRaise(database.pool, { ...ask, amount: 400n * DOLLAR }, options);
    await decideAs(database.pool, acme, "ada", long.request.id);
    const [cap] = await listCaps(database.pool, acme.orgId, subject);
    expect(cap?.amount).toBe(400n * DOLLAR);
  });

  it("warns of its end at 14, 3 and 1 days, and then ends", async () => {
    const key = await approved("u1", { untilDay: parseDay("2026-12-31") });
    await revealKey(database.pool, press("u1", key));
    const zone = { orgId: acme.orgId, timeZone: "Europe/Berlin" };
    const due = async (day: string) =>
      (await listExpiryWarnings(database.pool, { ...zone, now: new Date(`${day}T09:00:00Z`) })).map(
        ({ daysBefore }) => daysBefore,
      );
    expect(await due("2026-12-16")).toEqual([]);
    expect([await due("2026-12-17"), await due("2026-12-28"), await due("2026-12-30")]).toEqual([
      [14],
      [3],
      [1],
    ]);
    const ended = await transaction(database.pool, (tx) =>
      endOverdueKeys(tx, acme.orgId, new Date("2026-12-31T23:00:00Z")),
    );
    expect(ended.map(({ state }) => state)).toEqual(["expired"]);
  });
});

describe("what is found of keys", () => {
  it("is who uses none of it for 30 days, whose owner left, and what is wider than its use", async () => {
    const idle = await approved("u1", { name: "idle" });
    const gone = await approved("u2", { name: "gone" });
    const wide = await approved("u3", { name: "wide", models: [] });
    const old = new Date("2026-10-01T08:00:00Z");
    for (const key of [idle, gone, wide]) {
      await database.owner.query(
        `update virtual_key set state = 'active', approved_at = $3, revealed_at = $3
         where org_id = $1 and id = $2`,
        [acme.orgId, key.id, old],
      );
    }
    const used = (key: string) => ({
      source: "gateway",
      externalId: key,
      occurredAt: "2026-11-20T10:00:00Z",
      provider: "anthropic",
      model: "claude-haiku-4-5",
      tokens: { input: 1_000, output: 10 },
      key,
    });
    await append(database.pool, acme.orgId, [used("gone"), used("wide")]);
    await database.owner.query("update person set left_on = '2026-11-10' where id = $1", [
      personId(acme, "u2"),
    ]);
    const roster = await loadRoster(database.pool, acme.orgId);
    const found = await findKeyFaults(database.pool, { roster, now: NOW });
    await database.owner.query("update person set left_on = null");
    expect(new Map(found.map(({ usage, faults }) => [usage.key.name, faults]))).toEqual(
      new Map([
        ["wide", ["over_privileged"]],
        ["gone", ["ownerless", "over_privileged"]],
        ["idle", ["idle"]],
      ]),
    );
    const unused = found.find(({ usage }) => usage.key.name === "wide")?.unused;
    expect(unused).toEqual(["may use any model", "uses under a tenth of its cap"]);
  });

  it("and a request is reminded of, escalated and ended, each once", async () => {
    await askAs(database.pool, acme, "u1");
    const due = (hours: number) =>
      transaction(database.pool, (tx) => takeDueRequests(tx, acme.orgId, later(hours / 24)));
    const kinds = async (hours: number) => (await due(hours)).map((one) => one.due);
    expect([await kinds(23), await kinds(24), await kinds(30)]).toEqual([[], ["remind"], []]);
    expect([await kinds(48), await kinds(50)]).toEqual([["escalate"], []]);
    expect([await kinds(24 * 14), await kinds(24 * 15)]).toEqual([["expire"], []]);
  });
});

describe("the kill switch", () => {
  it("is pressed by whoever answers for anything there, or is on call; told to the gateways", async () => {
    const key = await approved();
    const listener = await database.pool.connect();
    const heard: string[] = [];
    listener.on("notification", ({ payload }) => heard.push(payload ?? ""));
    await listener.query(`listen ${KEY_CHANNEL}`);
    const target = { kind: "key", id: key.id } as const;
    const stop = { orgId: acme.orgId, target, reason: "retry loop", cutStreams: true, now: NOW };
    expect(await codeOf(block(database.pool, { ...stop, by: person(acme, "u1") }))).toBe(
      "not_permitted",
    );
    const first = await block(database.pool, { ...stop, by: person(acme, "sam") });
    const again = await block(database.pool, { ...stop, by: person(acme, "ada") });
    expect([first.changed, again.changed, again.block.id]).toEqual([true, false, first.block.id]);
    await listener.query("select 1");
    listener.release(true);
    expect(heard).toEqual([String(acme.orgId)]);
    const lift = { orgId: acme.orgId, target, now: NOW };
    // The on-call may stop it, not start it again; its own owner neither.
    expect(await codeOf(unblock(database.pool, { ...lift, by: person(acme, "sam") }))).toBe(
      "not_permitted",
    );
    expect(await codeOf(unblock(database.pool, { ...lift, by: person(acme, "u1") }))).toBe(
      "not_permitted",
    );
    expect((await unblock(database.pool, { ...lift, by: person(acme, "ada") })).lifted?.id).toBe(
      first.block.id,
    );
    expect(
      (await unblock(database.pool, { ...lift, by: person(acme, "ada") })).lifted,
    ).toBeUndefined();
    expect(await findBlock(database.pool, acme.orgId, target)).toBeUndefined();
  });

  it("and a cap of an agent is hard at once, of a team it shadows for 7 days", async () => {
    const wish = {
      orgId: acme.orgId,
      amount: 50n * DOLLAR,
      period: "day",
      untilDay: undefined,
      reason: "runaway",
      now: NOW,
    } as const;
    const agent = scopeId(acme, "payments/checkout-web/checkout-agent");
    const refused = changeCap(database.pool, { ...wish, scopeId: agent, by: person(acme, "u1") });
    expect(await codeOf(refused)).toBe("not_permitted");
    const set = await changeCap(database.pool, {
      ...wish,
      scopeId: agent,
      by: person(acme, "ada"),
    });
    expect(set).toMatchObject({ state: "set", shadowUntil: undefined });
    const team = { ...wish, scopeId: scopeId(acme, "payments"), by: person(acme, "ada") };
    expect(await changeCap(database.pool, team)).toMatchObject({ shadowUntil: later(7) });
    const raise = {
      ...wish,
      scopeId: agent,
      amount: 75n * DOLLAR,
      untilDay: parseDay("2026-11-22"),
      by: person(acme, "ada"),
    };
    expect((await changeCap(database.pool, raise)).state).toBe("raised");
    expect((await changeCap(database.pool, raise)).state).toBe("unchanged");
    expect(await listRaises(database.pool, acme.orgId, NOW)).toHaveLength(1);
  });
});
