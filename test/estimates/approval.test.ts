import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Brain } from "#apps/chat/surface.ts";
import { estimateFollowUps } from "#apps/worker/jobs/estimate-follow-ups.ts";
import { transaction } from "#core/db/transaction.ts";
import { type Acme, brainOf, makeAcme, personId, presser, privately } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type EstimatesServer, startEstimates } from "./estimates-server.ts";
import { type Issuer, startIssuer } from "./github-issuer.ts";

const NOW = new Date("2026-11-22T14:30:00Z");
const SHA = (letter: string): string => letter.repeat(40);
const database = useDatabase();
let acme: Acme;
let other: Acme;
let issuer: Issuer;
let server: EstimatesServer;
let brain: Brain;

const Body = z.looseObject({
  state: z.string().optional(),
  by: z.string().nullish(),
  reason: z.string().nullish(),
});

const request = (more: object = {}): object => ({
  version: 1,
  pullRequest: 812,
  baseSha: SHA("b"),
  headSha: SHA("a"),
  author: null,
  effects: [
    {
      subject: { workflow: "refunds" },
      source: "measured",
      kinds: ["prompt"],
      roles: [],
      callsPerMonth: 221_000,
      before: "2829",
      difference: "312",
    },
  ],
  rules: ["month_increase"],
  ask: true,
  models: [],
  ...more,
});

async function send(more: object = {}, claims: object = {}, path = "approval") {
  const response = await fetch(`${server.url}/v1/estimates/${path}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Bearer ${await issuer.token({ ...claims })}`,
    },
    body: JSON.stringify(path === "approval" ? request(more) : more),
  });
  return { status: response.status, json: Body.parse(await response.json()) };
}

const pressAs = (who: string, verb: string, token: string, values = {}, of = acme) =>
  presser(brain, of)(who, verb, token, values);

interface Owed {
  readonly destination: string;
  readonly placement: string;
  readonly thread: string;
  readonly body: {
    readonly sentence: string;
    readonly facts: object[];
    readonly actions: object[];
  };
}

async function owed(): Promise<Owed[]> {
  const { rows } = await database.owner.query<Owed>(
    `select destination, placement, thread_key as thread, body from outbox
     where kind = 'pull_request_approval' and org_id = $1 order by id`,
    [acme.orgId],
  );
  return rows;
}

async function idOf(head: string): Promise<string> {
  const { rows } = await database.owner.query<{ id: number }>(
    "select id from estimate_approval where org_id = $1 and head_sha = $2 order by id desc limit 1",
    [acme.orgId, head],
  );
  return String(rows[0]?.id ?? "none");
}

const REASON = { reason: "launch week, agreed with Fin" };

beforeAll(async () => {
  issuer = await startIssuer(NOW);
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  const scope = acme.scopes.get("payments/disputes");
  await database.owner.query(
    "insert into repository (org_id, name, project_id) values ($1, 'acme/shop', $2)",
    [acme.orgId, scope],
  );
  await database.owner.query("insert into repository_scope values ($1, 'acme/shop', $2)", [
    acme.orgId,
    scope,
  ]);
  await database.owner.query(
    "update person_detail set github_login = 'Fin-Dev' where org_id = $1 and key = 'fin'",
    [acme.orgId],
  );
  for (const key of ["fin", "gov"]) {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', $2, $3, 'operator', now())`,
      [acme.orgId, `U-${key}`, personId(acme, key)],
    );
  }
  await database.owner.query(
    `insert into scope_channel (org_id, scope_id, surface, destination)
     values ($1, $2, 'slack', 'C0PAY')`,
    [acme.orgId, acme.scopes.get("payments")],
  );
  brain = brainOf(database.pool);
  server = await startEstimates(database, issuer, NOW, { perRepository: 1_000 });
});
beforeEach(async () => {
  await database.owner.query("delete from estimate_approval");
  await database.owner.query("delete from outbox");
});
afterAll(async () => {
  await server.close();
  await issuer.close();
});

describe("a policy that fails is asked about in chat", () => {
  it("once a commit: in the scope's channel, and of who is accountable for budget or policy", async () => {
    expect(await send()).toMatchObject({ status: 200, json: { state: "pending", by: null } });
    expect(await send()).toMatchObject({ json: { state: "pending" } });
    const cards = await owed();
    expect(cards.map(({ destination }) => destination).sort()).toEqual(
      ["C0PAY", `person:${personId(acme, "fin")}`, `person:${personId(acme, "gov")}`].sort(),
    );
    expect(cards[0]?.body).toMatchObject({
      sentence: "acme/shop #812 fails its policy, about +$312 a month (+11%): may it pass?",
      facts: [
        { label: "Policy", value: "more a month than allowed" },
        { label: "workflow refunds", value: "$2,829 > $3,141 a month, 221,000 measured calls" },
      ],
      actions: [{ form: "pull_approve" }, { form: "pull_deny" }],
    });
  });

  it("says so where nobody accountable can be reached, and keeps nothing", async () => {
    await database.owner.query("delete from scope_channel where org_id = $1", [other.orgId]);
    await database.owner.query(
      "insert into repository (org_id, name, project_id) values ($1, 'other/shop', $2)",
      [other.orgId, other.scopes.get("payments/disputes")],
    );
    const scopeless = { effects: [], rules: ["unpriced_model"], models: ["gpt-9-ultra"] };
    const claims = { repository: "other/shop", repository_id: "99" };
    expect(await send(scopeless, claims)).toMatchObject({ json: { state: "nobody" } });
    expect((await database.owner.query("select 1 from estimate_approval")).rows).toEqual([]);
  });

  it("is not asked of a merged pull request, of another's scope or with another's token", async () => {
    expect(await send({ ask: false })).toMatchObject({ json: { state: "nobody" } });
    expect((await send({ pullRequest: 9 })).status).toBe(403);
    const [effect] = z.object({ effects: z.array(z.looseObject({})) }).parse(request()).effects;
    expect((await send({ effects: [{ ...effect, subject: { scope: "search" } }] })).status).toBe(
      403,
    );
    expect((await send({ rules: ["anything"] })).status).toBe(422);
    expect((await send({ models: ["<!channel>"] })).status).toBe(422);
    expect(await owed()).toEqual([]);
  });
});

describe("a press on the card", () => {
  it("is authorised when it is made, done once, and read by the next run of this commit", async () => {
    await send();
    const id = await idOf(SHA("a"));
    expect((await pressAs("ada", "pull_approve", id, REASON)).state).toBe("refused");
    expect((await pressAs("fin", "pull_approve", id, { reason: " " })).state).not.toBe("ok");
    const done = await pressAs("fin", "pull_approve", id, REASON);
    expect(done.sentence).toContain("APPROVED 15:30 by Fin Okafor: launch week");
    const late = await pressAs("gov", "pull_deny", id, { reason: "no" });
    expect(late.sentence).toContain("APPROVED 15:30 by Fin Okafor");
    expect(late.sentence).toContain("Your press changed nothing.");
    expect(await send()).toMatchObject({
      json: { state: "approved", by: "Fin Okafor", reason: REASON.reason },
    });
    const updates = (await owed()).filter(({ placement }) => placement === "update");
    expect(updates).toHaveLength(3);
    expect(updates[0]?.body.actions).toEqual([expect.objectContaining({ kind: "ask" })]);
    const { rows } = await database.owner.query<{ action: string; actor: string }>(
      `select action from audit_entry where org_id = $1 and subject = $2 order by position`,
      [acme.orgId, `estimate_approval:${id}`],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      "estimate.approval_asked",
      "estimate.approved",
    ]);
  });

  it("holds for this base, this head and these rules alone", async () => {
    await send({ rules: ["month_increase", "call_increase"] });
    await pressAs("gov", "pull_approve", await idOf(SHA("a")), REASON);
    expect((await send({ rules: ["call_increase"] })).json.state).toBe("approved");
    expect((await send({ rules: ["budget_crossing", "call_increase"] })).json.state).toBe(
      "pending",
    );
    expect((await send({ headSha: SHA("c") })).json.state).toBe("pending");
    expect((await send({ baseSha: SHA("d") })).json.state).toBe("pending");
  });

  it("denies with a reason, which the next run reads", async () => {
    await send();
    await pressAs("gov", "pull_deny", await idOf(SHA("a")), { reason: "cache the prefix first" });
    expect(await send()).toMatchObject({
      json: { state: "denied", by: "Gov Ito", reason: "cache the prefix first" },
    });
  });

  it("is nobody's for what they opened or started themselves", async () => {
    await send({ author: "fin-dev" });
    const id = await idOf(SHA("a"));
    expect((await pressAs("fin", "pull_approve", id, REASON)).sentence).toContain("may not");
    await send({ headSha: SHA("c") }, { actor: "Fin-Dev" });
    const started = await idOf(SHA("c"));
    expect((await pressAs("fin", "pull_approve", started, REASON)).state).toBe("refused");
    expect((await pressAs("gov", "pull_approve", started, REASON)).state).toBe("ok");
  });

  it("lets a model outside of the list pass for the cost policy's accountable person alone", async () => {
    await send({ rules: ["models", "month_increase"], models: ["gpt-9-ultra"] });
    const id = await idOf(SHA("a"));
    expect((await pressAs("fin", "pull_approve", id, REASON)).state).toBe("refused");
    expect((await pressAs("gov", "pull_approve", id, REASON)).state).toBe("ok");
  });

  it("does nothing from another organisation", async () => {
    await send();
    const id = await idOf(SHA("a"));
    expect((await pressAs("gov", "pull_approve", id, REASON, other)).state).toBe("not_found");
    expect((await pressAs("gov", "pull_approve", "x;y", REASON)).state).toBe("not_found");
    expect((await send()).json.state).toBe("pending");
  });
});

describe("what is no longer waited for", () => {
  it("is a commit that a later one replaces, on the same card", async () => {
    await send();
    const first = await idOf(SHA("a"));
    await send({ headSha: SHA("c") });
    const [card, ...rest] = await owed();
    expect(rest.at(-1)).toMatchObject({ placement: "update", thread: card?.thread });
    const late = await pressAs("fin", "pull_approve", first, REASON);
    expect(late.sentence).toContain("REPLACED");
    expect((await send({ headSha: SHA("c") })).json.state).toBe("pending");
    // Back at the first commit it is asked anew.
    expect((await send()).json.state).toBe("pending");
  });

  it("is a merged pull request, and what nobody decided in 14 days", async () => {
    await send();
    const merged = {
      version: 1,
      pullRequest: 812,
      baseSha: SHA("b"),
      headSha: SHA("a"),
      mergedAt: "2026-11-22T14:00:00Z",
      effects: [],
      verdict: "failed",
      override: null,
    };
    expect((await send(merged, {}, "")).status).toBe(201);
    expect((await owed()).at(-1)?.body.sentence).toContain("CLOSED");
    await send({ headSha: SHA("e") });
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const now = new Date(NOW.getTime() + 15 * 86_400_000);
    const { orgId } = acme;
    await transaction(database.pool, (tx) =>
      estimateFollowUps.run({
        ...{ pool: database.pool, tx, orgId, timeZone: "Europe/Berlin", scope: "" },
        ...{ slot: now, now, attempt: 1, log },
      }),
    );
    expect((await owed()).at(-1)?.body.sentence).toContain("CLOSED");
  });

  it("is listed no more by pulls", async () => {
    await send();
    const ask = (text: string) =>
      brain.ask({
        text,
        ...privately(acme, "ada"),
      });
    const id = await idOf(SHA("a"));
    expect((await ask("pulls")).sentence).toContain("1 pull request waits for an approval");
    expect((await ask(`pulls ${id}`)).title).toBe("PR acme/shop #812: the policy fails");
    await pressAs("gov", "pull_approve", id, REASON);
    expect((await ask("pulls")).sentence).toContain("No pull request waits");
    expect((await ask("pulls 999999")).state).toBe("not_found");
  });
});
