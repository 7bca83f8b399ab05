import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listCaps } from "#core/budgets/caps.ts";
import { findKey, listKeys } from "#core/keys/lookup.ts";
import { getRequest, listPendingRequests } from "#core/keys/request-service.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { askAs, clearKeys, codeOf, DOLLAR, decideAs, scopeId, setBudget } from "./keys.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
});
beforeEach(() => clearKeys(database.owner));

async function audited(): Promise<{ action: string; actor: string; after: string | null }[]> {
  const { rows } = await database.owner.query<{
    action: string;
    actor: string;
    after: string | null;
  }>("select action, actor, after from audit_entry where org_id = $1 order by position", [
    acme.orgId,
  ]);
  return rows;
}

describe("a request for a key", () => {
  it("waits for the scope's owner, who grants a key with its cap, named by its job", async () => {
    const { request, approvers } = await askAs(database.pool, acme, "u1");
    expect(request).toMatchObject({ state: "pending", name: "tag-disputes", approvalsNeeded: 1 });
    expect(approvers?.nearest).toEqual([personId(acme, "ada")]);
    const { state, request: after } = await decideAs(database.pool, acme, "ada", request.id);
    expect([state, after.state]).toEqual(["decided", "approved"]);
    const key = await findKey(database.pool, acme.orgId, after.keyId ?? 0);
    expect(key).toMatchObject({
      name: "tag-disputes",
      state: "approved",
      models: ["claude-haiku-4-5"],
    });
    expect(key?.expiresAt?.toISOString()).toBe("2027-01-31T23:00:00.000Z");
    const subject = { kind: "key" as const, id: key?.dimensionId ?? 0 };
    const [cap] = await listCaps(database.pool, acme.orgId, subject);
    expect(cap).toMatchObject({ amount: 200n * DOLLAR, period: "month", enforcement: "hard" });
    const actions = (await audited()).map(({ action }) => action);
    expect(actions.slice(-4)).toEqual(["key.requested", "cap.set", "key.granted", "key.approved"]);
  });

  it("is not approved by the one who asks, nor by who only acts for them or benefits", async () => {
    const { request } = await askAs(database.pool, acme, "ada");
    const own = await codeOf(decideAs(database.pool, acme, "ada", request.id));
    expect(own).toBe("not_permitted");
    expect(await codeOf(decideAs(database.pool, acme, "u2", request.id))).toBe("not_permitted");
    await decideAs(database.pool, acme, "grace", request.id);
    await database.owner.query(
      `insert into person_delegation (org_id, person_id, delegate_id, from_day, until_day)
       values ($1, $2, $3, '2026-11-01', '2026-12-01')`,
      [acme.orgId, personId(acme, "ada"), personId(acme, "u3")],
    );
    const second = await askAs(database.pool, acme, "ada");
    const lent = await codeOf(decideAs(database.pool, acme, "u3", second.request.id));
    const forOwner = await askAs(database.pool, acme, "u1", {
      ownerId: personId(acme, "ada"),
      ciJob: "other",
    });
    const benefit = await codeOf(decideAs(database.pool, acme, "ada", forOwner.request.id));
    const delegated = await askAs(database.pool, acme, "u1", { ciJob: "third" });
    const delegate = await codeOf(decideAs(database.pool, acme, "u3", delegated.request.id));
    await database.owner.query("delete from person_delegation");
    expect([lent, benefit, delegate]).toEqual(["not_permitted", "not_permitted", "ok"]);
  });

  it("is approved by its asker only where the file allows it, and marked as such", async () => {
    await database.owner.query("update organization_policy set self_approval = true");
    const { request } = await askAs(database.pool, acme, "ada");
    const { approvals } = await decideAs(database.pool, acme, "ada", request.id);
    expect(approvals[0]?.selfApproval).toBe(true);
    expect((await audited()).at(-1)?.after).toContain('"selfApproval":true');
  });

  it("above the budget, or with other models, goes to whoever sets cost policy", async () => {
    await setBudget(database.owner, acme, "payments", 5_000n * DOLLAR);
    const large = await askAs(database.pool, acme, "u1", { capAmount: 4_900n * DOLLAR });
    expect(large.effect.inside).toBe(false);
    expect(large.approvers?.people).toEqual([personId(acme, "gov")]);
    expect(await codeOf(decideAs(database.pool, acme, "ada", large.request.id))).toBe(
      "not_permitted",
    );
    // With a lower cap it lies inside, and is the owner's.
    const lower = { kind: "approve", change: { capAmount: 100n * DOLLAR } } as const;
    expect((await decideAs(database.pool, acme, "ada", large.request.id, lower)).state).toBe(
      "decided",
    );
    await database.owner.query("update scope set models = '{claude-haiku-*}' where id = $1", [
      scopeId(acme, "payments"),
    ]);
    const model = await askAs(database.pool, acme, "u1", {
      models: ["claude-haiku-4-5", "gpt-4o"],
      capAmount: DOLLAR,
    });
    expect(model.effect.outside).toEqual(["gpt-4o"]);
    expect(model.approvers?.people).toEqual([personId(acme, "gov")]);
    expect(await codeOf(decideAs(database.pool, acme, "ada", model.request.id))).toBe(
      "not_permitted",
    );
    const fewer = { kind: "approve", change: { models: ["claude-haiku-4-5"] } } as const;
    expect((await decideAs(database.pool, acme, "ada", model.request.id, fewer)).state).toBe(
      "decided",
    );
  });

  it("shows what it does to the budget: what is left, and with it", async () => {
    await setBudget(database.owner, acme, "payments", 12_000n * DOLLAR);
    const { effect } = await askAs(database.pool, acme, "u1");
    const { envelope } = effect;
    expect(envelope?.leftAfter).toBe((envelope?.left ?? 0n) - 200n * DOLLAR);
    expect(envelope?.likelyIfUsed).toBe((envelope?.likely ?? 0n) + 200n * DOLLAR);
    expect(effect.inside).toBe(true);
  });

  it("is refused where nobody could approve it, with how to appoint somebody", async () => {
    await database.owner.query(
      "update function_holder set person_id = $2 where org_id = $1 and function = 'engineering'",
      [acme.orgId, personId(acme, "u1")],
    );
    const failed = await askAs(database.pool, acme, "u1").catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "approver_missing" });
    expect((failed as { help: string }).help).toContain("under functions in aispend.yaml");
    expect(await listPendingRequests(database.pool, acme.orgId)).toEqual([]);
    await database.owner.query(
      `update function_holder set person_id = case when scope_id = 0 then $2::int else $3 end
       where org_id = $1 and function = 'engineering'`,
      [acme.orgId, personId(acme, "grace"), personId(acme, "ada")],
    );
  });

  it("above the limit takes two people, in either order, and never the same twice", async () => {
    await database.owner.query(
      `update organization_policy set key_policy = '{"secondAbove": "100"}'
       where org_id = $1`,
      [acme.orgId],
    );
    const { request, approvers } = await askAs(database.pool, acme, "u1");
    expect(request.approvalsNeeded).toBe(2);
    expect(approvers?.people).toEqual(["ada", "grace", "gov"].map((key) => personId(acme, key)));
    expect((await decideAs(database.pool, acme, "ada", request.id)).state).toBe("half");
    expect(await codeOf(decideAs(database.pool, acme, "ada", request.id))).toBe("not_permitted");
    expect((await decideAs(database.pool, acme, "gov", request.id)).state).toBe("decided");
    const again = await askAs(database.pool, acme, "u1");
    expect((await decideAs(database.pool, acme, "gov", again.request.id)).state).toBe("half");
    expect((await decideAs(database.pool, acme, "ada", again.request.id)).state).toBe("decided");
    // A lower cap needs no second one.
    const lower = await askAs(database.pool, acme, "u1");
    const change = { kind: "approve", change: { capAmount: 50n * DOLLAR } } as const;
    expect((await decideAs(database.pool, acme, "ada", lower.request.id, change)).state).toBe(
      "decided",
    );
  });

  it("that is small is approved by the policy of the file, and the log says so", async () => {
    await database.owner.query(
      `update organization_policy set key_policy = '{"approveUpTo": "25"}'
       where org_id = $1`,
      [acme.orgId],
    );
    const small = await askAs(database.pool, acme, "u1", { capAmount: 20n * DOLLAR });
    expect(small.request).toMatchObject({ state: "approved", keyId: expect.any(Number) });
    expect(small.approvers).toBeUndefined();
    const last = (await audited()).at(-1);
    expect([last?.action, last?.actor]).toEqual(["key.approved", "system"]);
    const long = { capAmount: 20n * DOLLAR, untilDay: parseDay("2027-06-30"), ciJob: "long" };
    expect((await askAs(database.pool, acme, "u1", long)).request.state).toBe("pending");
  });

  it("pressed by two at once has one outcome, and the other is told it", async () => {
    const { request } = await askAs(database.pool, acme, "u1");
    const deny = { kind: "deny", reason: "use the shared one" } as const;
    const outcomes = await Promise.all([
      decideAs(database.pool, acme, "ada", request.id),
      decideAs(database.pool, acme, "grace", request.id, deny),
      decideAs(database.pool, acme, "ada", request.id),
    ]);
    expect(outcomes.filter(({ state }) => state === "decided")).toHaveLength(1);
    expect(outcomes.filter(({ state }) => state === "already")).toHaveLength(2);
    const keys = await listKeys(database.pool, { orgId: acme.orgId });
    const after = await getRequest(database.pool, acme.orgId, request.id);
    expect(keys).toHaveLength(after.state === "approved" ? 1 : 0);
  });

  it("by somebody who lost the role since is refused", async () => {
    const { request } = await askAs(database.pool, acme, "u1");
    await database.owner.query(
      "update person set left_on = '2026-11-20' where org_id = $1 and id = $2",
      [acme.orgId, personId(acme, "ada")],
    );
    const left = await codeOf(decideAs(database.pool, acme, "ada", request.id));
    await database.owner.query("update person set left_on = null");
    expect(left).toBe("not_permitted");
  });

  it("can be withdrawn by its asker alone, and denied with a reason", async () => {
    const { request } = await askAs(database.pool, acme, "u1");
    const withdraw = { kind: "withdraw" } as const;
    expect(await codeOf(decideAs(database.pool, acme, "u2", request.id, withdraw))).toBe(
      "not_permitted",
    );
    expect((await decideAs(database.pool, acme, "u1", request.id, withdraw)).request.state).toBe(
      "withdrawn",
    );
    const next = await askAs(database.pool, acme, "u1");
    const empty = { kind: "deny", reason: " " } as const;
    expect(await codeOf(decideAs(database.pool, acme, "ada", next.request.id, empty))).toBe(
      "reason_missing",
    );
    const denied = await decideAs(database.pool, acme, "ada", next.request.id, {
      kind: "deny",
      reason: `ask dana@acme.example with sk-${"x".repeat(30)}`,
    });
    expect(denied.request.decisionReason).toBe("ask [removed] with [removed]");
  });

  it("is taken back until the secret was revealed; its cap ends with it", async () => {
    const { request } = await askAs(database.pool, acme, "u1");
    await decideAs(database.pool, acme, "ada", request.id);
    const undone = await decideAs(database.pool, acme, "ada", request.id, { kind: "undo" });
    expect([undone.state, undone.request.state]).toEqual(["decided", "undone"]);
    const [key] = await listKeys(database.pool, { orgId: acme.orgId });
    expect(key?.state).toBe("undone");
    const subject = { kind: "key" as const, id: key?.dimensionId ?? 0 };
    expect(await listCaps(database.pool, acme.orgId, subject)).toEqual([]);
  });

  it("says which field is wrong", async () => {
    const codes = await Promise.all(
      [
        { useCase: " " },
        { capAmount: 0n },
        { untilDay: parseDay("2026-11-22") },
        { models: ["no model; drop table"] },
        { name: "sk-aispend-aaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
        { service: "<script>" },
        { scopeId: scopeId(other, "payments") },
      ].map((change) => codeOf(askAs(database.pool, acme, "u1", change))),
    );
    expect(codes).toEqual([
      "use_case_missing",
      "cap_invalid",
      "expiry_past",
      "models_invalid",
      "key_name_invalid",
      "label_invalid",
      "scope_not_found",
    ]);
    await askAs(database.pool, acme, "u1", { name: "mine" });
    expect(await codeOf(askAs(database.pool, acme, "u1", { name: "mine" }))).toBe("key_name_taken");
  });

  it("of another organisation is out of reach, and its names are its own", async () => {
    const here = await askAs(database.pool, acme, "u1", { name: "same" });
    const there = await askAs(database.pool, other, "u1", { name: "same" });
    expect(there.request.name).toBe(here.request.name);
    expect(await codeOf(decideAs(database.pool, other, "ada", here.request.id))).toBe(
      "request_not_found",
    );
  });
});
