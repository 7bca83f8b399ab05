import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createBrain } from "#apps/chat/brain.ts";
import type { Brain } from "#apps/chat/surface.ts";
import { checkGateways } from "#apps/cli/doctor/check-gateways.ts";
import { litellmId } from "#apps/connectors/gateways/litellm.ts";
import { driverOpener } from "#apps/connectors/gateways/open-driver.ts";
import type { Answer } from "#core/answers/schema.ts";
import { listCaps } from "#core/budgets/caps.ts";
import { block } from "#core/keys/block.ts";
import { type Synced, syncDriven } from "#core/keys/driven.ts";
import { addKeyGateway } from "#core/keys/key-gateway.ts";
import { stepKey } from "#core/keys/life.ts";
import { findKeyByHash, findKeyByName } from "#core/keys/lookup.ts";
import { hashSecret } from "#core/keys/secret.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import { type Acme, asPerson, clock, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { aispend } from "#test/cli/command-line.ts";
import { type ContractServer, serveContract } from "#test/connect/contract-server.ts";
import { useDatabase } from "#test/database/clone.ts";
import { createLiteLlm, type LiteLlm } from "#test/gateways/litellm-server.ts";
import { askAs, clearKeys, DOLLAR, decideAs, person } from "#test/keys/keys.ts";

const database = useDatabase();
const MASTER = "sk-master-0123456789abcdef";
const SECRET_KEY = makeSecretKey();
const box = createSecretBox(SECRET_KEY);
const openDriver = driverOpener(box, clock);
let acme: Acme;
let brain: Brain;
let proxy: LiteLlm;
let server: ContractServer;
let healthy: LiteLlm["health"];

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  proxy = createLiteLlm(NOW);
  healthy = proxy.health;
  const isKey = ({ authorization }: { authorization?: string | undefined }) =>
    authorization === `Bearer ${MASTER}`;
  server = await serveContract((asked) => proxy.answer(asked), isKey, NOW);
  const contexts = cachedContexts(database.pool, clock);
  brain = createBrain({
    pool: database.pool,
    clock,
    priceBookOf: async (orgId) => (await contexts(orgId)).priceBook,
    openDriver,
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  await database.owner.query("delete from key_observation; delete from key_gateway");
  await clearKeys(database.owner);
  proxy.keys.clear();
  proxy.upperbound = undefined;
  proxy.settings = [];
  proxy.health = healthy;
  const { orgId } = acme;
  const gateway = { orgId, name: "litellm", kind: "litellm", baseUrl: server.url } as const;
  const wanted = { ...gateway, credential: MASTER, isDefault: true };
  await addKeyGateway(database.pool, box, wanted, { actor: "operator" }, NOW);
});

async function approved(): Promise<number> {
  const { request } = await askAs(database.pool, acme, "u1");
  const { request: after } = await decideAs(database.pool, acme, "ada", request.id);
  return after.keyId ?? 0;
}

function from(who: string) {
  const audience = { kind: "person" as const, personId: personId(acme, who) };
  return { orgId: acme.orgId, asker: asPerson(acme, who), audience, surface: "slack" as const };
}

async function reveal(id: number): Promise<Answer> {
  const shown = await brain.form("key_reveal", String(id), from("u1"));
  if ("fields" in shown) throw new Error("a secret is no form");
  return shown;
}

const sync = (): Promise<Synced> => syncDriven(database.pool, openDriver, acme.orgId, NOW);
const only = () => [...proxy.keys.values()].at(-1);
const key = async () => {
  const found = await findKeyByName(database.pool, acme.orgId, "tag-disputes");
  if (found === undefined) throw new Error("no key");
  return found;
};

it("an approved key is made at the driven gateway when it is revealed, and its class is said", async () => {
  const id = await approved();
  expect(proxy.keys.size).toBe(0);
  const shown = await reveal(id);
  const secret = shown.secret?.value ?? "";
  expect(secret).toMatch(/^sk-/);
  expect(only()).toMatchObject({ key_alias: "tag-disputes", max_budget: 200 });
  // Our own gateway does not take it, and the ledger knows it as LiteLLM meters it.
  expect(await findKeyByHash(database.pool, hashSecret(secret), NOW)).toBeUndefined();
  const there = await key();
  expect([there.ledgerKey, there.externalId]).toEqual([only()?.token, only()?.token]);
  const subject = { kind: "key" as const, id: there.dimensionId };
  const [cap] = await listCaps(database.pool, acme.orgId, subject);
  expect(cap).toMatchObject({ amount: 200n * DOLLAR, enforcement: "soft" });
  const answer = await brain.ask({ ...from("ada"), text: "key tag-disputes" });
  expect(answer.facts.find(({ label }) => label === "Cap")?.value).toContain("BOUNDED (litellm)");
  expect((await reveal(id)).state).toBe("refused");
});

it("pressed twice it is made once; refused by the gateway it can be revealed again", async () => {
  const id = await approved();
  server.faults.push({ kind: "status", status: 500 });
  expect((await reveal(id)).state).toBe("refused");
  expect((await key()).state).toBe("approved");
  const both = await Promise.all([reveal(id), reveal(id)]);
  expect(both.filter(({ secret }) => secret !== undefined)).toHaveLength(1);
  expect(proxy.keys.size).toBe(1);
});

it("could its secret not be shown, the key is blocked there and another one is made", async () => {
  const id = await approved();
  const { secret } = await reveal(id);
  const press = { verb: secret?.notShown ?? "", token: secret?.receipt ?? "", values: {} };
  await brain.press({ ...from("u1"), ...press });
  expect([(await key()).state, only()?.blocked]).toEqual(["approved", true]);
  expect((await reveal(id)).secret?.value).not.toBe(secret?.value);
  expect([...proxy.keys.values()].map(({ blocked }) => blocked)).toEqual([true, false]);
});

it("is blocked, suspended, raised there by the next run, whatever was lost", async () => {
  const id = await approved();
  await reveal(id);
  expect(await sync()).toEqual({ keys: 1, changed: 0, failed: 0 });
  const { orgId } = acme;
  const by = person(acme, "ada");
  const press = { orgId, keyId: id, by, now: NOW };
  await stepKey(database.pool, "suspend", press);
  server.faults.push({ kind: "reset" });
  expect(await sync()).toMatchObject({ failed: 1 });
  expect(await sync()).toMatchObject({ changed: 1 });
  expect(only()?.blocked).toBe(true);
  await stepKey(database.pool, "resume", press);
  await sync();
  expect(only()?.blocked).toBe(false);
  const target = { kind: "scope", id: (await key()).scopeId } as const;
  const stop = { orgId, target, by, reason: "loop", cutStreams: false, now: NOW };
  await block(database.pool, stop);
  await sync();
  expect(only()?.blocked).toBe(true);
});

it("a cap that was lowered in silence is shown as what the gateway made of it", async () => {
  proxy.upperbound = 100;
  await reveal(await approved());
  await sync();
  const answer = await brain.ask({ ...from("ada"), text: "key tag-disputes" });
  expect(answer.facts.at(-1)).toEqual({
    label: "At litellm",
    value: "cap $100.00 instead of $200.00",
  });
});

it("a new secret by hand is written to a file; the key goes on under its new id, and the log has it", async () => {
  const id = await approved();
  await reveal(id);
  const before = await key();
  const folder = mkdtempSync(join(tmpdir(), "aispend-driven-"));
  const environment = { DATABASE_URL: database.url, AISPEND_SECRET_KEY: SECRET_KEY };
  const line = (...words: string[]) =>
    aispend({ environment, workingFolder: folder, now: NOW }, "driver", ...words);
  const done = await line("regenerate", "litellm", "tag-disputes", "--to", "secret");
  expect(done.out).toContain("The new secret is in");
  const secret = readFileSync(join(folder, "secret"), "utf8").trim();
  expect(done.out + done.err).not.toContain(secret);
  const after = await key();
  expect(after.externalId).toBe(litellmId(secret));
  expect(after.externalId).not.toBe(before.externalId);
  const subject = { kind: "key" as const, id: after.dimensionId };
  expect(await listCaps(database.pool, acme.orgId, subject)).toHaveLength(1);
  expect(await sync()).toEqual({ keys: 1, changed: 0, failed: 0 });
  await line("block", "litellm", "tag-disputes");
  const { rows } = await database.owner.query<{ action: string; subject: string }>(
    "select action, subject from audit_entry where org_id = $1 order by position desc limit 2",
    [acme.orgId],
  );
  expect(rows.map(({ action }) => action)).toEqual([
    "driven_key.blocked",
    "driven_key.regenerated",
  ]);
  expect(rows.map(({ subject: of }) => of)).toEqual([`virtual_key:${id}`, `virtual_key:${id}`]);
  const missing = await line("block", "litellm", "nobody");
  expect(missing.exitCode).toBe(1);
  rmSync(folder, { recursive: true, force: true });
});

it("a cap is shown with the class that was found, and when, not with the best there is", async () => {
  const cap = async (of = "key tag-disputes") => {
    const answer = await brain.ask({ ...from("ada"), text: of });
    return answer.facts.find(({ label }) => label === "Cap")?.value;
  };
  const id = await approved();
  await reveal(id);
  expect(await cap()).toContain("BOUNDED (litellm): can overshoot by about one request; not");
  proxy.settings = [
    { field_name: "fail_closed_budget_enforcement", field_value: true, stored_in_db: true },
  ];
  const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
  const syncAt = (minutes: number) =>
    syncDriven(database.pool, openDriver, acme.orgId, at(minutes));
  await syncAt(0);
  expect(await cap()).toMatch(/BOUNDED \(litellm\): .*; checked \d+ \w+ \d\d:\d\d$/);
  // Somebody changes it there; it is looked at each hour, and by doctor at once.
  proxy.settings = [];
  proxy.health = { ...proxy.health, cache: null };
  await syncAt(59);
  expect(await cap()).toContain("BOUNDED");
  await checkGateways(database.pool, openDriver, at(59));
  const weaker =
    /SOFT \(litellm\): .*; found .*: no Redis: each replica counts alone; budgets fail open when/;
  expect(await cap()).toMatch(weaker);
  const keys = await brain.ask({ ...from("ada"), text: "keys payments" });
  expect(JSON.stringify(keys)).toMatch(weaker);
  // What does not answer keeps what was found last.
  server.faults.push({ kind: "status", status: 500 });
  await syncAt(180);
  expect(await cap()).toMatch(weaker);
});

it("doctor says which keys a gateway lowered in silence", async () => {
  proxy.upperbound = 100;
  await reveal(await approved());
  const found = await checkGateways(database.pool, openDriver, NOW);
  expect(found.map(({ said }) => said)).toContain(
    "key tag-disputes: cap $100.00 instead of $200.00",
  );
});

it("the command line adds, checks and removes a gateway, and its admin key is sealed", async () => {
  const line = (...words: string[]) =>
    aispend(
      {
        environment: {
          DATABASE_URL: database.url,
          AISPEND_SECRET_KEY: SECRET_KEY,
          MASTER_KEY: MASTER,
        },
        workingFolder: "/",
        now: NOW,
      },
      "driver",
      ...words,
    );
  const added = await line(
    "add",
    "litellm",
    "--url",
    server.url,
    "--key-env",
    "MASTER_KEY",
    "--name",
    "two",
  );
  expect(added.out).toContain("two is driven from now on; its class is bounded.");
  expect((await line("list")).out).toContain("litellm  bounded");
  expect((await line("check", "two")).out).toContain("budgets fail open when Redis does");
  expect((await line("keys", "two")).out).toContain("It has no keys.");
  const none = await line("add", "anthropic", "--url", server.url, "--key-env", "NONE");
  expect([none.exitCode, none.err]).toEqual([1, expect.stringContaining("holds no admin key")]);
  expect((await line("remove", "two")).out).toContain("two is not driven any more");
  const { rows } = await database.owner.query<{ row: string }>(
    "select g::text as row from key_gateway g union all select e::text from audit_entry e",
  );
  expect(rows.map(({ row }) => row).join()).not.toContain(MASTER);
});
