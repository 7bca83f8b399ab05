import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { parseDay } from "#core/time.ts";
import {
  type Acme,
  append,
  brainOf,
  fillAcme,
  makeAcme,
  personId,
  presser,
  privately,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;
let brain: Brain;
let press: ReturnType<typeof presser>;
const WEEK = { start: parseDay("2026-11-09"), end: parseDay("2026-11-16") };

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  brain = brainOf(database.pool);
  press = presser(brain, acme);
  await fillAcme(database.pool, acme);
  await fillAcme(database.pool, other);
  // Search has an owner of its own, whom a name likens to the crawler's.
  await database.owner.query(
    `insert into function_holder (org_id, scope_id, function, position, person_id)
     values ($1, $2, 'engineering', 1, $3)`,
    [acme.orgId, scope("search"), personId(acme, "sam")],
  );
  for (const who of ["ada", "sam", "grace"]) {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', $2, $3, 'operator', now())`,
      [acme.orgId, `U-${who}`, personId(acme, who)],
    );
  }
});
beforeEach(async () => {
  await database.owner.query("delete from spend_dispute");
  await database.owner.query("delete from outbox");
});

function scope(path: string, of = acme): number {
  return of.scopes.get(path) ?? -1;
}

const LINE = () =>
  `${scope("payments/checkout-web")}:${scope("payments/checkout-web/checkout-agent")}:0`;

function raise(who = "ada", line = LINE()) {
  const token = `${scope("payments")}:${WEEK.start}:${WEEK.end}`;
  return press(who, "not_ours", token, { line, reason: "the nightly job of search" });
}

/** Search paid for the key before: that makes it likely. */
async function paidBefore(): Promise<void> {
  await append(database.pool, acme.orgId, [
    {
      source: "seed",
      externalId: "before",
      occurredAt: "2026-10-01T10:00:00Z",
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      key: "ci-nightly-7",
      tokens: { input: 1_000_000, output: 1_000 },
      tags: { team: "search" },
    },
  ]);
}

async function dispute() {
  const { rows } = await database.owner.query<{ id: number; state: string; asked: number | null }>(
    `select id, state, asked_scope_id as asked from spend_dispute where org_id = $1
     order by id desc limit 1`,
    [acme.orgId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("no dispute was raised");
  return row;
}

async function costOf(path: string): Promise<bigint> {
  const id = scope(path);
  return (await spendTotal(database.pool, acme.orgId, { teamId: id }, WEEK)).cost;
}

async function owed(): Promise<string[]> {
  const names = new Map([...acme.people].map(([key, id]) => [`person:${id}`, key]));
  const { rows } = await database.owner.query<{ to: string; placement: string; title: string }>(
    `with gone as (delete from outbox where org_id = $1 returning *)
     select destination as to, placement, body ->> 'title' as title from gone order by id`,
    [acme.orgId],
  );
  return rows.map(({ to, placement, title }) => `${names.get(to)} ${placement}: ${title}`);
}

describe("a line that is not ours", () => {
  beforeAll(paidBefore);

  it("is chosen from the lines that were shown", async () => {
    const form = await brain.form(
      "not_ours",
      `${scope("payments")}:${WEEK.start}:${WEEK.end}`,
      privately(acme, "ada"),
    );
    if (!("fields" in form)) throw new Error("a form was expected");
    const [line] = form.fields;
    expect(line?.kind === "choice" && line.options.map(({ label }) => label)).toEqual([
      expect.stringMatching(/^checkout-agent, \$/),
      "refund-agent, $84.00",
    ]);
  });

  it("names a likely owner with the evidence, and asks its people by a card", async () => {
    const answer = await raise();
    expect(answer.sentence).toBe(
      "search is asked whether checkout-agent is theirs, as it paid for key ci-nightly-7 in the " +
        "90 days before; until they answer it stays where it is.",
    );
    expect(await owed()).toContainEqual(expect.stringMatching(/^sam post: Is this search's\?/));
  });

  it("is raised by whoever answers for the team's spend alone, with a reason, once", async () => {
    expect((await raise("fin")).state).toBe("refused");
    const token = `${scope("payments")}:${WEEK.start}:${WEEK.end}`;
    const without = await press("ada", "not_ours", token, { line: LINE(), reason: " " });
    expect(without.state).not.toBe("ok");
    expect((await raise()).state).toBe("ok");
    expect((await raise()).sentence).toMatch(/disputed already/);
    const foreign = await press("ada", "not_ours", token, { line: "1:2:3", reason: "x" });
    expect(foreign.state).not.toBe("ok");
  });

  it("of two at the same moment is raised once", async () => {
    const both = await Promise.all([raise("ada"), raise("grace")]);
    expect(both.filter(({ state }) => state === "ok")).toHaveLength(1);
  });

  it("is settled by a correction when its owner accepts, twice pressed once", async () => {
    await raise();
    const { id } = await dispute();
    const before = { payments: await costOf("payments"), search: await costOf("search") };
    const token = `${id}:${scope("search")}`;
    expect((await press("ada", "dispute_accept", token)).state).toBe("refused");
    await owed();
    const both = await Promise.all([
      press("sam", "dispute_accept", token),
      press("sam", "dispute_accept", token),
    ]);
    expect(both.map(({ title }) => title).sort()).toEqual([
      expect.stringMatching(/^checkout-agent: \$[\d,.]+ booked to search$/),
      "checkout-agent: decided already",
    ]);
    const moved = before.payments - (await costOf("payments"));
    expect(moved).toBeGreaterThan(0n);
    expect((await costOf("search")) - before.search).toBe(moved);
    expect(await owed()).toEqual([
      expect.stringMatching(/^sam update: checkout-agent: \$/),
      expect.stringMatching(/^grace update/),
      expect.stringMatching(/^ada post: checkout-agent: \$[\d,.]+ booked to search/),
    ]);
    expect((await raise()).state).not.toBe("ok");
  });

  it("leaves the sums those of the entries, and other organisations alone", async () => {
    const week = await spendTotal(database.pool, other.orgId, {}, WEEK);
    const own = await spendTotal(database.pool, acme.orgId, {}, WEEK);
    expect(own.cost).toBe(week.cost);
    for (const { orgId } of [acme, other]) {
      expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
    }
  });
});

describe("an answer to it", () => {
  const refund = () => `${scope("payments/disputes")}:${scope("payments/disputes/refund-agent")}:0`;

  it("'not ours either' asks the next, and nobody is asked twice", async () => {
    await raise("ada", refund());
    const first = await dispute();
    // No rule, key or payer, and no name alike: nobody is likely.
    expect(first).toMatchObject({ state: "unowned", asked: null });
    expect(await owed()).toContainEqual(expect.stringMatching(/^grace post: Is this anybody's/));
  });

  it("is claimed by whoever it belongs to where nobody was likely", async () => {
    await raise("ada", refund());
    const { id } = await dispute();
    expect((await press("ada", "dispute_claim", `${id}`, { scope: "search" })).state).toBe(
      "refused",
    );
    const answer = await press("sam", "dispute_claim", `${id}`, { scope: "search" });
    expect(answer.sentence).toMatch(/\$84.00 of refund-agent .* booked from payments to search/);
  });

  it("comes too late after its time, and the line can then be disputed anew", async () => {
    const crawler = `${scope("search/ranker")}:${scope("search/ranker/crawler")}:0`;
    const token = `${scope("search")}:${WEEK.start}:${WEEK.end}`;
    await press("sam", "not_ours", token, { line: crawler, reason: "not us" });
    const { id } = await dispute();
    await database.owner.query(
      `update spend_dispute set state = 'asked', asked_scope_id = $2, expires_at = '2026-11-01'
       where id = $1`,
      [id, scope("payments")],
    );
    const accept = `${id}:${scope("payments")}`;
    expect((await press("ada", "dispute_accept", accept)).title).toMatch(/too late/);
    const again = await press("sam", "not_ours", token, { line: crawler, reason: "still not us" });
    expect(again.state).toBe("ok");
    expect((await press("ada", "dispute_accept", accept)).title).toMatch(/too late/);
  });

  it("of a card that was passed on changes nothing", async () => {
    await raise("ada", refund()).catch(() => undefined);
    const crawler = `${scope("search/ranker")}:${scope("search/ranker/crawler")}:0`;
    const token = `${scope("search")}:${WEEK.start}:${WEEK.end}`;
    await press("sam", "not_ours", token, { line: crawler, reason: "not us" });
    const { id } = await dispute();
    await database.owner.query(
      "update spend_dispute set state = 'asked', asked_scope_id = $2 where id = $1",
      [id, scope("payments")],
    );
    const decline = `${id}:${scope("payments")}`;
    expect((await press("fin", "dispute_decline", decline)).state).toBe("refused");
    expect((await press("ada", "dispute_decline", decline)).title).toMatch(/nobody is left|next/);
    expect((await press("ada", "dispute_decline", decline)).title).toMatch(/decided already/);
  });

  it("refuses tokens that were tampered with", async () => {
    for (const token of ["", "x", "99999999:1", "1:x"]) {
      expect((await press("ada", "dispute_accept", token)).state).not.toBe("ok");
      expect((await press("ada", "dispute_decline", token)).state).not.toBe("ok");
    }
  });
});
