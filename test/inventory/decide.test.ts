import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import type { Answer } from "#core/answers/schema.ts";
import { exportOrganisation } from "#core/org/service.ts";
import {
  type Acme,
  append,
  asker,
  brainOf,
  fillAcme,
  makeAcme,
  personId,
  presser,
  privately,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { askAs, clearKeys, decideAs } from "#test/keys/keys.ts";

const database = useDatabase();
const HASH = "7f3a9c2e41d85b6f7f3a9c2e41d85b6f7f3a9c2e41d85b6f7f3a9c2e41d85b6f";
let acme: Acme;
let other: Acme;
let brain: Brain;
let press: ReturnType<typeof presser>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  await append(database.pool, other.orgId, [
    {
      source: "seed",
      externalId: "same-name",
      occurredAt: "2026-11-21T10:00:00Z",
      provider: "anthropic",
      model: "claude-haiku-4-5",
      tokens: { input: 10, output: 1 },
      key: "ci-nightly-7",
    },
  ]);
  brain = brainOf(database.pool);
  press = presser(brain, acme);
}, 60_000);
beforeEach(async () => {
  await clearKeys(database.owner);
  await database.owner.query(
    `delete from inventory_decision; delete from inventory_item; delete from field_provenance;
     delete from native_project`,
  );
});

function ask(who: string, text: string): Promise<Answer> {
  return asker(brain, acme)(who, text);
}

/** Pressed or opened from what the answer shows. */
function tokenOf(answer: Answer, label: string): string {
  const found = answer.actions.find((action) => action.label.startsWith(label));
  if (found === undefined || !("token" in found)) throw new Error(`no button '${label}'`);
  return found.token;
}

function fact(answer: Answer, label: string): string | undefined {
  return answer.facts.find((one) => one.label === label)?.value;
}

async function decisions(): Promise<string[]> {
  const { rows } = await database.owner.query<{ said: string }>(
    `select decision || ' ' || org_id as said from inventory_decision order by id`,
  );
  return rows.map(({ said }) => said);
}

describe("a key that nobody answers for", () => {
  it("is claimed by the press of who answers for a team, and its spend with it", async () => {
    const card = await ask("grace", `inventory key ${HASH}`);
    expect(card.title).toBe("Key 7f3a9c2e41d8: no owner");
    const claimed = await press("ada", "inventory_claim", tokenOf(card, "Claim"));
    expect(claimed).toMatchObject({
      state: "ok",
      sentence: "You answer for the key 7f3a9c2e41d8 for payments from now on.",
      title: "Key 7f3a9c2e41d8: in order",
    });
    expect([fact(claimed, "Owner"), fact(claimed, "Scope")]).toEqual(["Ada Byron", "payments"]);
    const exported = await exportOrganisation(database.pool, acme.orgId);
    expect(exported).toContain(`    sha256: ${HASH}\n    scope: payments\n`);
    expect(await exportOrganisation(database.pool, other.orgId)).not.toContain("7f3a9c2e");
    expect(await decisions()).toEqual([`claimed ${acme.orgId}`]);
    const { rows } = await database.owner.query<{ origin: string }>(
      "select origin from field_provenance where org_id = $1 and subject like 'key:%'",
      [acme.orgId],
    );
    expect(rows.map(({ origin }) => origin)).toEqual(["chat"]);
  });

  it("is claimed once, pressed twice or by two at once, and who was late is told", async () => {
    const token = tokenOf(await ask("grace", "inventory key ci-nightly-7"), "Claim");
    const [one, two] = await Promise.all([
      press("ada", "inventory_claim", token),
      press("grace", "inventory_claim", token),
    ]);
    const late = [one, two].filter(({ sentence }) => sentence.startsWith("Nothing was changed"));
    expect(late).toHaveLength(1);
    const again = await press("ada", "inventory_claim", token);
    expect(again.sentence).toMatch(
      /^Nothing was changed: ci-nightly-7 was claimed Sun 15:30 by .* already\.$/,
    );
    expect(await decisions()).toHaveLength(1);
    const { rows } = await database.owner.query(
      "select from audit_entry where org_id = $1 and action = 'inventory.claimed'",
      [acme.orgId],
    );
    expect(rows.length).toBeGreaterThanOrEqual(1);
  });

  it("is not claimed by who answers for nothing, nor assigned or retired by them", async () => {
    const token = tokenOf(await ask("grace", "inventory key ci-nightly-7"), "Claim");
    const values = { to: "u1" };
    for (const verb of ["inventory_claim", "inventory_retire", "inventory_assign"]) {
      const refused = await press("u1", verb, token, values);
      expect(refused.state, verb).toBe("refused");
    }
    // Sam answers for nothing at payments but is on call.
    expect((await press("sam", "inventory_claim", token)).state).toBe("refused");
    expect(await decisions()).toEqual([]);
    const operator = { personId: undefined, operator: true, account: "cli:root" };
    const answer = await brain.press({
      ...privately(acme, "grace"),
      asker: operator,
      audience: { kind: "operator" },
      verb: "inventory_claim",
      token,
      values: {},
    });
    expect(answer.sentence).toContain("decided by people");
  });

  it("is assigned with its cost centre, use and scope; by a form", async () => {
    const card = await ask("grace", "inventory key ci-nightly-7");
    const token = tokenOf(card, "Assign");
    const form = await brain.form("inventory_assign", token, privately(acme, "grace"));
    expect("fields" in form && form.fields.map(({ name }) => name)).toEqual([
      "to",
      "scope",
      "cost_centre",
      "use",
    ]);
    const values = { to: "Ada Byron", cost_centre: "4711", use: "Nightly", scope: "payments" };
    const done = await press("grace", "inventory_assign", token, values);
    expect(done.sentence).toBe("Ada Byron answers for ci-nightly-7 from now on.");
    expect([fact(done, "Cost centre"), fact(done, "Use")]).toEqual(["4711", "Nightly"]);
    expect(fact(done, "Decided")).toBe("assigned to Ada Byron Sun 15:30 by Grace Hopper");
    const undone = await press("grace", "inventory_undo", tokenOf(done, "Undo"));
    expect(undone.title).toBe("Key ci-nightly-7: no owner");
  });

  it("is not assigned to nobody, to who left, or to a scope of somebody else", async () => {
    const token = tokenOf(await ask("ada", "inventory key ci-nightly-7"), "Assign");
    const unknown = await press("ada", "inventory_assign", token, { to: "nobody" });
    expect(unknown).toMatchObject({ state: "not_found", sentence: "I know nobody 'nobody'." });
    const into = { to: "Ada Byron", scope: "search" };
    expect((await press("ada", "inventory_assign", token, into)).state).toBe("refused");
    const where = { to: "Ada Byron", scope: "nowhere" };
    expect((await press("ada", "inventory_assign", token, where)).state).toBe("not_found");
    const left = "update person set left_on = '2026-11-01' where id = $1";
    await database.owner.query(left, [personId(acme, "u2")]);
    const gone = await press("ada", "inventory_assign", token, { to: "User Two" });
    await database.owner.query("update person set left_on = null");
    expect(gone.sentence).toContain("has left");
    expect(await decisions()).toEqual([]);
  });
});

describe("what has no button of its own in a list", () => {
  it("is decided in a form that lists all of it to whoever may see it", async () => {
    const form = await brain.form("inventory_decide", "flagged", privately(acme, "grace"));
    const [field] = "fields" in form ? form.fields : [];
    const options = field?.kind === "choice" ? field.options : [];
    expect(options.map(({ label }) => label)).toEqual(["key ci-nightly-7", "key 7f3a9c2e41d8"]);
    const [key, hash] = options.map(({ value }) => value);
    const send = (who: string, values: Record<string, string>) =>
      press(who, "inventory_decide", "flagged", values);
    const wrong = await send("grace", { item: key ?? "", decision: "sell" });
    expect(wrong.sentence).toBe("'sell' is no decision.");
    const nobody = await send("grace", { item: key ?? "", decision: "assign" });
    expect(nobody.state).toBe("not_found");
    const given = await send("grace", { item: key ?? "", decision: "assign", to: "Ada Byron" });
    expect(given.sentence).toBe("Ada Byron answers for ci-nightly-7 from now on.");
    const claimed = await send("ada", { item: hash ?? "", decision: "claim" });
    expect(claimed.sentence).toContain("You answer for the key 7f3a9c2e41d8");
    const left = await brain.form("inventory_decide", "flagged", privately(acme, "grace"));
    expect(left).toMatchObject({ sentence: "Everything is decided by now." });
    expect(await brain.form("inventory_decide", "flagged", privately(acme, "u1"))).toMatchObject({
      state: "refused",
    });
  });
});

describe("what is retired", () => {
  it("is out of the list, says what is left to do at the provider, and comes back undone", async () => {
    const card = await ask("grace", `inventory key ${HASH}`);
    const done = await press("grace", "inventory_retire", tokenOf(card, "Retire"));
    expect(done.title).toBe("Key 7f3a9c2e41d8: retired");
    expect(done.notes).toEqual(["Revoke it there too: platform.openai.com, Settings, API keys."]);
    const list = await ask("fin", "inventory keys");
    expect(list.table?.rows.map(([name]) => name)).toEqual(["ci-nightly-7"]);
    const back = await press("grace", "inventory_undo", tokenOf(done, "Undo"));
    expect(back.sentence).toBe("7f3a9c2e41d8 is as it was before.");
    expect((await ask("fin", "inventory keys")).table?.rows).toHaveLength(2);
  });

  it("is listed again when it is spent on, and what was declared of it is not lost", async () => {
    const card = await ask("grace", "inventory key ci-nightly-7");
    const given = { to: "Ada Byron", cost_centre: "4711", use: "Nightly" };
    const assigned = await press("grace", "inventory_assign", tokenOf(card, "Assign"), given);
    const retired = await press("grace", "inventory_retire", tokenOf(assigned, "Retire"));
    expect(retired.title).toBe("Key ci-nightly-7: retired");
    await database.owner.query("update inventory_item set retired_on = '2026-11-20'");
    const back = await ask("fin", "inventory reopened");
    expect(back.table?.rows[0]?.slice(0, 3)).toEqual([
      "ci-nightly-7",
      "key",
      "spent on again, retired 20 Nov",
    ]);
    const again = await press("ada", "inventory_claim", tokenOf(back, "Claim"));
    expect([fact(again, "Cost centre"), fact(again, "Use")]).toEqual(["4711", "Nightly"]);
    expect(again.title).toBe("Key ci-nightly-7: in order");
  });

  it("is a model by decision alone: what is spent on it later brings it back", async () => {
    const card = await ask("grace", "inventory model gpt-4o");
    const done = await press("grace", "inventory_retire", tokenOf(card, "Retire"));
    expect(done.title).toBe("Model gpt-4o: retired");
    await database.owner.query("update inventory_decision set decided_at = '2026-11-20'");
    expect((await ask("fin", "inventory models")).title).toBe(
      "Inventory of Acme, models: 1 to decide",
    );
  });

  it("is a key of ours revoked at once, for its owner and the scope's alone, and for good", async () => {
    const { request } = await askAs(database.pool, acme, "u1");
    await decideAs(database.pool, acme, "ada", request.id);
    const card = await ask("fin", "inventory key tag-disputes");
    const token = tokenOf(card, "Revoke");
    expect((await press("fin", "inventory_retire", token)).state).toBe("refused");
    const done = await press("u1", "inventory_retire", token);
    expect(done.sentence).toBe("tag-disputes is revoked: what uses it is refused from now on.");
    expect(done.actions.map(({ label }) => label)).not.toContain("Undo");
    const { rows } = await database.owner.query<{ state: string }>("select state from virtual_key");
    expect(rows).toEqual([{ state: "revoked" }]);
    const undo = await press("u1", "inventory_undo", tokenOf(card, "Revoke").replace("|0|", "|9|"));
    expect(undo.sentence).toMatch(/^Nothing was changed/);
  });
});

describe("who may see it", () => {
  it("is whoever is accountable at the organisation, in private; others what they answer for", async () => {
    expect((await ask("fin", "inventory all")).state).toBe("ok");
    for (const who of ["u1", "ada"]) {
      expect((await ask(who, "inventory")).state, who).toBe("refused");
      expect((await ask(who, `inventory key ${HASH}`)).state, who).not.toBe("ok");
    }
    expect((await ask("ada", "inventory ci-nightly-7")).state).toBe("ok");
    const inRoom = await asker(brain, acme)("fin", "inventory", { kind: "room" });
    expect(inRoom.state).toBe("refused");
    const card = await asker(brain, acme)("fin", "inventory ci-nightly-7", { kind: "room" });
    expect(card.state).toBe("refused");
  });

  it("says what there is instead of a name that nobody knows", async () => {
    const none = await ask("fin", "inventory ci-nightly-8");
    expect(none).toMatchObject({ state: "not_found" });
    expect(none.actions[0]?.label).toBe("key ci-nightly-7");
  });

  it("takes no token that no button carried", async () => {
    for (const token of ["", "key", "key|0|", "key|x|y", "team|0|a", `key|0|${"x".repeat(400)}`]) {
      const answer = await press("grace", "inventory_claim", token);
      expect(answer.state, token).not.toBe("ok");
    }
  });
});

describe("what only people know of an account", () => {
  it("is set in a form, kept as chat's, and tells of the contract in time", async () => {
    await append(database.pool, acme.orgId, [
      {
        source: "seed",
        externalId: "account-1",
        occurredAt: "2026-11-22T10:00:00Z",
        provider: "openai",
        model: "gpt-4o",
        tokens: { input: 10, output: 1 },
        account: "org-acme-1",
      },
    ]);
    const card = await ask("grace", "inventory account org-acme-1");
    const token = tokenOf(card, "Details");
    const terms = {
      procurement: "committed",
      until: "2027-01-31",
      notice: "60",
      from: "2026-02-01",
    };
    const saved = await press("fin", "inventory_details", token, terms);
    expect(fact(saved, "Bought")).toBe("committed");
    expect(fact(saved, "Contract")).toBe("from 1 Feb until 31 Jan 2027; notice by 2 Dec");
    expect(saved.title).toBe(
      "Account org-acme-1: no owner; shared by search and legal-ops; notice by 2 Dec",
    );
    const exported = await exportOrganisation(database.pool, acme.orgId);
    expect(exported).toContain("procurement: committed");
    expect(exported).toContain("notice_days: 60");
  });

  it("is refused with the field and the value where it is wrong", async () => {
    const token = "account|0|org-acme-1";
    const wrong = async (values: Record<string, string>) =>
      (await press("grace", "inventory_details", token, values)).sentence;
    expect(await wrong({})).toBe("Nothing was filled in.");
    expect(await wrong({ until: "31.1.2027" })).toContain("'31.1.2027' is not a day");
    expect(await wrong({ notice: "900" })).toContain("'900' is not a number of days");
    expect(await wrong({ procurement: "barter" })).toContain("'barter' is none of the ways");
    expect(await wrong({ payment: "card-9" })).toContain("no payment method 'card-9'");
    expect(await wrong({ from: "2027-01-01", until: "2026-01-01" })).toContain("before it begins");
    expect(await press("u1", "inventory_details", token, { notice: "1" })).toMatchObject({
      state: "refused",
    });
  });
});

describe("what somebody answers for, and what is of the organisation", () => {
  it("is not taken from who answers for it by a claim, nor an account by a team", async () => {
    const card = await ask("grace", `inventory key ${HASH}`);
    await press("grace", "inventory_claim", tokenOf(card, "Claim"));
    const owned = tokenOf(await ask("grace", `inventory key ${HASH}`), "Claim");
    expect((await press("ada", "inventory_claim", owned)).state).toBe("refused");
    await append(database.pool, acme.orgId, [
      {
        source: "seed",
        externalId: "account-2",
        occurredAt: "2026-11-22T10:00:00Z",
        provider: "mistral",
        model: "mistral-large",
        tokens: { input: 10, output: 1 },
        account: "org-m",
      },
    ]);
    expect((await press("ada", "inventory_claim", "account|0|org-m")).state).toBe("refused");
    expect((await press("ada", "inventory_claim", "model|0|mistral-large")).state).toBe("ok");
    expect((await press("fin", "inventory_claim", "account|0|org-m")).state).toBe("ok");
  });
});
