import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tellCaps } from "#apps/chat/keys/cap-tell.ts";
import { reviewKeys, watchKeys } from "#apps/chat/keys/watch-tell.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import type { Answer } from "#core/answers/schema.ts";
import { transaction } from "#core/db/transaction.ts";
import { loadRoster } from "#core/org/roster.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, asker, brainOf, fillAcme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { askAs, clearKeys, decideAs, scopeId } from "./keys.ts";

const database = useDatabase();
let acme: Acme;
const DAY_MS = 86_400_000;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  for (const key of ["ada", "u1", "grace", "u2"]) {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'teams', 'T1', $2, $3, 'operator', now())`,
      [acme.orgId, `U-${key}`, personId(acme, key)],
    );
  }
});
beforeEach(() => clearKeys(database.owner));

async function at(days: number, work: typeof watchKeys | typeof reviewKeys | typeof tellCaps) {
  const now = new Date(NOW.getTime() + days * DAY_MS);
  const org = await createOrgViews(database.pool)(acme.orgId, now);
  return transaction(database.pool, async (tx) => {
    const roster = await loadRoster(tx, acme.orgId);
    return work(tx, { org, roster, now });
  });
}

interface Told {
  readonly destination: string;
  readonly placement: string;
  readonly body: Answer;
}

async function told(kind: string): Promise<Told[]> {
  const { rows } = await database.owner.query<Told>(
    "select destination, placement, body from outbox where org_id = $1 and kind = $2 order by id",
    [acme.orgId, kind],
  );
  return rows;
}

describe("what time does to keys", () => {
  it("escalates a request to the parent scope's Accountable, and ends it in the end", async () => {
    const { request } = await askAs(database.pool, acme, "u1");
    await at(1, watchKeys);
    expect(await told("key_request")).toEqual([]);
    await at(2.1, watchKeys);
    const [card] = await told("key_request");
    expect(card?.destination).toBe(`person:${personId(acme, "grace")}`);
    expect(card?.body.actions[0]?.label).toBe("Approve");
    await at(14, watchKeys);
    const [outcome] = await told("key_outcome");
    expect(outcome?.body.sentence).toContain("EXPIRED");
    const late = await decideAs(database.pool, acme, "ada", request.id);
    expect([late.state, late.request.state]).toEqual(["already", "expired"]);
  });

  it("warns the owner once at each of 14, 3 and 1 days, whatever the hour", async () => {
    const { request } = await askAs(database.pool, acme, "u1", {
      untilDay: parseDay("2026-12-31"),
    });
    await decideAs(database.pool, acme, "ada", request.id);
    await database.owner.query("update virtual_key set state = 'active', revealed_at = now()");
    for (const days of [20, 25, 25.04, 26, 36, 36.1, 38, 38.5]) await at(days, watchKeys);
    const titles = (await told("key_expiry")).map(({ body }) => body.sentence.slice(-40));
    expect(titles).toHaveLength(3);
    await at(40, watchKeys);
    expect((await told("key_ended"))[0]?.body.title).toBe("KEY tag-disputes: expired");
  });

  it("tells the scope's owner once of keys that a leaver left behind, with what to press", async () => {
    const { request } = await askAs(database.pool, acme, "u2");
    await decideAs(database.pool, acme, "ada", request.id);
    await database.owner.query("update person set left_on = '2026-11-22' where id = $1", [
      personId(acme, "u2"),
    ]);
    await at(0, watchKeys);
    await at(1, watchKeys);
    await database.owner.query("update person set left_on = null");
    const messages = await told("key_leaver");
    expect(messages.map(({ destination }) => destination)).toEqual([
      `person:${personId(acme, "ada")}`,
    ]);
    expect(messages[0]?.body.sentence).toBe(
      "User Two left and still owns 1 key: give each to somebody, or revoke it.",
    );
    expect(messages[0]?.body.actions.map(({ label }) => label)).toEqual([
      "Give tag-disputes...",
      "Revoke tag-disputes",
    ]);
  });

  it("finds idle keys each week, in the channel, offered for revocation", async () => {
    const { request } = await askAs(database.pool, acme, "u1");
    await decideAs(database.pool, acme, "ada", request.id);
    await database.owner.query(
      `update virtual_key
       set state = 'active', approved_at = '2026-09-01', revealed_at = '2026-09-01'`,
    );
    await database.owner.query(
      `insert into scope_channel (org_id, scope_id, surface, destination)
       values ($1, $2, 'teams', '19:pay')`,
      [acme.orgId, scopeId(acme, "payments")],
    );
    expect(await at(0, reviewKeys)).toBe(1);
    const [message] = await told("key_review");
    expect(message?.destination).toBe("19:pay");
    expect(message?.body.table?.rows[0]?.slice(0, 2)).toEqual(["tag-disputes", "idle"]);
    expect(message?.body.actions[0]?.label).toBe("Revoke tag-disputes");
    await database.owner.query("delete from scope_channel");
  });

  it("tells the owner of a cap at 80 and 95% and when it is reached, each once", async () => {
    const { request } = await askAs(database.pool, acme, "u1");
    await decideAs(database.pool, acme, "ada", request.id);
    const spend = (dollars: number) =>
      database.owner.query(
        `insert into cap_counter (org_id, subject_kind, subject_id, period, period_start, settled)
         select org_id, 'key', dimension_id, 'month', '2026-11-01', $1 from virtual_key
         on conflict (org_id, subject_kind, subject_id, period, period_start)
         do update set settled = excluded.settled`,
        [BigInt(dollars) * 1_000_000_000n],
      );
    for (const dollars of [100, 165, 170, 191, 199, 200]) {
      await spend(dollars);
      await at(0, tellCaps);
    }
    const refuse = async (calls: number) => {
      await database.owner.query(
        `insert into cap_refusal (org_id, subject_kind, subject_id, period, day, refused, last_at)
         select org_id, 'key', dimension_id, 'month', '2026-11-18', $1, now() from virtual_key
         on conflict (org_id, subject_kind, subject_id, period, day)
         do update set refused = excluded.refused`,
        [calls],
      );
      await at(0, tellCaps);
    };
    for (const calls of [1, 3, 4, 12]) await refuse(calls);
    const shown = await asker(brainOf(database.pool), acme)("u1", "key tag-disputes");
    expect(shown.facts).toContainEqual({
      label: "Cap",
      value: "$200 a month, HARD (gateway), refused 12 calls since 18 Nov",
    });
    const cap = await asker(brainOf(database.pool), acme)("u1", "cap key tag-disputes");
    expect(cap.facts[0]?.value).toContain("; refused 12 calls since 18 Nov");
    await database.owner.query("delete from cap_counter; delete from cap_refusal");
    const to = personId(acme, "u1");
    const mine = (await told("cap_alert")).filter(
      ({ destination }) => destination === `person:${to}`,
    );
    const reached = "key tag-disputes reached $199.00 of $200.00 (month)";
    const now = mine.filter(({ placement }) => placement === "update");
    // The message of the period is edited as counts grow, not at every call.
    expect(now.map(({ body }) => body.sentence)).toEqual([
      "key tag-disputes has used 95% of its cap: $191.00 of $200.00 (month).",
      `${reached}; what comes now is refused.`,
      ...["1 call", "3 calls", "12 calls"].map(
        (calls) =>
          `key tag-disputes reached $200.00 of $200.00 (month); refused ${calls} since 18 Nov.`,
      ),
    ]);
    const once = mine.filter(({ placement }) => placement !== "update");
    expect(once.map(({ body }) => body.sentence)).toEqual([
      "key tag-disputes has used 82% of its cap: $165.00 of $200.00 (month).",
      "key tag-disputes has used 95% of its cap: $191.00 of $200.00 (month).",
      `${reached}; what comes now is refused.`,
    ]);
  });
});
