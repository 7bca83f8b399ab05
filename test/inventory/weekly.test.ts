import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import type { Job } from "#apps/worker/job.ts";
import { weeklyInventory } from "#apps/worker/jobs/weekly-inventory.ts";
import { Answer } from "#core/answers/schema.ts";
import { setChannel } from "#core/org/channel.ts";
import { openDueSlots, runNextSlot } from "#core/schedule/service.ts";
import {
  type Acme,
  asker,
  brainOf,
  fillAcme,
  makeAcme,
  NOW,
  personId,
  presser,
  privately,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** A vendor is reviewed from $1,000 a year; Acme spends more with two of three. */
const POLICY = {
  idle_days: 30,
  shared_days: 30,
  new_days: 7,
  contract_days: 30,
  vendor_reviews: { spend_a_year: ["1000", "900000"], due_days: 30, again_months: 12 },
};
let acme: Acme;
let other: Acme;
let brain: Brain;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  brain = brainOf(database.pool);
  await setChannel(database.pool, {
    orgId: acme.orgId,
    scopeId: 0,
    kind: "any",
    to: { surface: "slack", destination: "C0FINOPS" },
    by: { personId: personId(acme, "grace") },
    now: NOW,
  });
  for (const org of [acme, other]) {
    await database.owner.query("update organization_policy set inventory = $2 where org_id = $1", [
      org.orgId,
      JSON.stringify(POLICY),
    ]);
  }
}, 60_000);
beforeEach(async () => {
  await database.owner.query(
    "delete from vendor_review; truncate schedule, schedule_slot, outbox, outbox_destination",
  );
});

/** What a worker does at a tick: opens what is due of the job, and runs it to the end. */
async function tick(job: Job, at: string): Promise<void> {
  const clock = () => new Date(at);
  const { name, schedule, catchUp } = job;
  await openDueSlots(database.pool, clock(), async () => [{ name, schedule, catchUp }]);
  const runner = {
    pool: database.pool,
    clock,
    jobs: [name],
    run: (
      run: Parameters<Parameters<typeof runNextSlot>[0]["run"]>[0],
      tx: Parameters<Job["run"]>[0]["tx"],
    ) => job.run({ ...run, pool: database.pool, tx, now: clock(), log }),
  };
  for (;;) {
    const outcome = await runNextSlot(runner);
    if (outcome.state === "failed" || outcome.state === "parked") throw outcome.error;
    if (outcome.state === "idle") return;
  }
}

async function owed() {
  const { rows } = await database.owner.query<{
    org: number;
    destination: string;
    placement: string;
    body: unknown;
  }>("select org_id as org, destination, placement, body from outbox order by id");
  return rows.map(({ body, ...row }) => ({ ...row, body: Answer.parse(body) }));
}

const ask = (who: string, text: string) => asker(brain, acme)(who, text);

function decide(who: string, token: string, values: Record<string, string>) {
  return presser(brain, acme)(who, "vendor_decide", token, values);
}

describe("the week's list", () => {
  it("is told once by two workers, in the room of the organisation, with what to press", async () => {
    const monday = "2026-11-23T09:30:00Z";
    await tick(weeklyInventory, "2026-11-16T08:00:00Z");
    await Promise.all([tick(weeklyInventory, monday), tick(weeklyInventory, monday)]);
    await tick(weeklyInventory, "2026-11-23T15:00:00Z");
    const [message, ...more] = await owed();
    expect(more).toEqual([]);
    expect(message).toMatchObject({ org: acme.orgId, destination: "C0FINOPS", placement: "post" });
    expect(message?.body.title).toBe("INVENTORY of Acme: 4 to decide");
    expect(message?.body.sentence).toBe(
      "2 things need a decision: 2 without an owner; 2 vendor reviews are due.",
    );
    expect(message?.body.actions.map(({ label }) => label)).toEqual([
      "Claim ci-nightly-7",
      "Assign ci-nightly-7...",
      "Retire ci-nightly-7",
      "Claim 7f3a9c2e41d8",
      "Assign 7f3a9c2e41d8...",
      "Retire 7f3a9c2e41d8",
      "All",
      "Vendors",
    ]);
    const { rows } = await database.owner.query(
      "select vendor, org_id as org from vendor_review order by vendor",
    );
    expect(rows).toEqual([
      { vendor: "anthropic", org: acme.orgId },
      { vendor: "openai", org: acme.orgId },
    ]);
  });

  it("is edited after a press, to what is left", async () => {
    await tick(weeklyInventory, "2026-11-09T08:00:00Z");
    await tick(weeklyInventory, "2026-11-16T09:30:00Z");
    const [message] = await owed();
    const [claim] = message?.body.actions ?? [];
    if (claim?.kind !== "press") throw new Error("the list has a button");
    const done = await presser(brain, acme)("ada", claim.verb, claim.token);
    expect(done.sentence).toBe("You answer for the key ci-nightly-7 for payments from now on.");
    const edits = (await owed()).filter(({ placement }) => placement === "update");
    expect(edits.map(({ body }) => body.title)).toEqual(["INVENTORY of Acme: 3 to decide"]);
  });

  it("goes to who is accountable there where there is no room, and says nothing of nothing", async () => {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', 'U-fin', $2, 'operator', now())`,
      [acme.orgId, personId(acme, "fin")],
    );
    await database.owner.query("delete from scope_channel");
    await tick(weeklyInventory, "2026-11-09T08:00:00Z");
    await tick(weeklyInventory, "2026-11-16T09:30:00Z");
    const messages = await owed();
    expect(messages.map(({ destination }) => destination)).toEqual([
      `person:${personId(acme, "fin")}`,
    ]);
    expect(messages.some(({ org }) => org === other.orgId)).toBe(false);
  });
});

describe("the review of a vendor", () => {
  it("is decided once, with who, when, why and what comes next", async () => {
    const list = await ask("fin", "vendors");
    expect(list.title).toBe("Vendors of Acme: 2 to review");
    const card = await ask("fin", "vendors openai");
    expect(card.sentence).toMatch(
      /^openai cost \$[\d,]+ in the last year; a review is overdue since .* over \$1,000 a year/,
    );
    const [button] = card.actions;
    if (button?.kind !== "form") throw new Error("the card has a form");
    const form = await brain.form(button.form, button.token, privately(acme, "fin"));
    expect("fields" in form && form.fields.map(({ name }) => name)).toEqual([
      "decision",
      "reason",
      "next",
    ]);
    const values = { decision: "keep", reason: "Cheapest for search", next: "2027-06-01" };
    const [one, two] = await Promise.all([
      decide("fin", button.token, values),
      decide("grace", button.token, { ...values, decision: "stop" }),
    ]);
    const late = [one, two].filter(({ sentence }) => sentence.startsWith("Nothing was changed"));
    expect(late).toHaveLength(1);
    const again = await decide("fin", button.token, values);
    expect(again.sentence).toBe(
      "Nothing was changed: somebody decided about openai in the meantime.",
    );
    const after = await ask("fin", "vendors openai");
    expect(after.title).toBe("Vendor openai: no review due");
    expect(after.details[0]).toMatch(
      /^22 Nov: (keep|stop), by (Fin|Grace) .+, at \$[\d,]+ a year, next 1 Jun 2027\. Cheapest/,
    );
    const { rows } = await database.owner.query("select decision from vendor_review");
    expect(rows).toHaveLength(1);
  });

  it("takes no decision without a reason, of another kind, for the past or by somebody else", async () => {
    const good = { decision: "keep", reason: "Cheapest", next: "2027-06-01" };
    const said = async (who: string, change: Record<string, string>, token = "0|openai") =>
      (await decide(who, token, { ...good, ...change })).sentence;
    expect(await said("fin", { reason: "  " })).toContain("needs a reason");
    expect(await said("fin", { decision: "maybe" })).toContain("'maybe' is no decision");
    expect(await said("fin", { next: "2026-11-22" })).toContain("is not to come");
    expect(await said("fin", { next: "soon" })).toContain("'soon' is not a day");
    expect(await said("fin", {}, "0|nobody")).toContain("Nothing was spent with 'nobody'");
    expect(await said("fin", {}, "x")).toContain("I do not know it");
    for (const who of ["u1", "ada"]) {
      expect((await decide(who, "0|openai", good)).state, who).toBe("refused");
      expect((await ask(who, "vendors")).state, who).toBe("refused");
    }
    const { rows } = await database.owner.query("select from vendor_review");
    expect(rows).toHaveLength(0);
  });
});
