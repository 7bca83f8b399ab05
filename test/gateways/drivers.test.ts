import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAdminClient } from "#apps/connectors/gateways/admin-client.ts";
import { anthropicDriver } from "#apps/connectors/gateways/anthropic.ts";
import { litellmDriver, litellmId } from "#apps/connectors/gateways/litellm.ts";
import { openaiDriver } from "#apps/connectors/gateways/openai.ts";
import { type DesiredKey, drift, type KeyDriver } from "#core/keys/driver.ts";
import { type ContractServer, serveContract } from "#test/connect/contract-server.ts";
import { createLiteLlm, type LiteLlm, type Row } from "./litellm-server.ts";

const NOW = new Date("2026-11-22T14:30:00Z");
const USD = 1_000_000_000n;
const WANTED: DesiredKey = {
  name: "tag-disputes",
  capAmount: 200n * USD,
  capPeriod: "month",
  models: ["claude-haiku-4-5"],
  expiresAt: new Date("2026-12-22T14:30:00Z"),
};

let server: ContractServer;
let proxy: LiteLlm;
let driver: KeyDriver;

function clientOf(url: string, headers: Record<string, string>) {
  return createAdminClient({ title: "the gateway", baseUrl: url, headers, timeoutMs: 2_000 });
}

async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  return work.then(
    () => ({ code: "ok", message: "" }),
    (error: { code: string; message: string }) => error,
  );
}

describe("the driver of LiteLLM", () => {
  const MASTER = "Bearer sk-master";
  beforeAll(async () => {
    proxy = createLiteLlm(NOW);
    const isKey = ({ authorization }: { authorization?: string | undefined }) =>
      authorization === MASTER;
    server = await serveContract((asked) => proxy.answer(asked), isKey, NOW);
    driver = litellmDriver(clientOf(server.url, { authorization: MASTER }), () => NOW);
  });
  afterAll(() => server.close());
  beforeEach(() => {
    proxy.keys.clear();
    proxy.upperbound = undefined;
    server.asked.length = 0;
  });

  it("makes a key and reads back what was really set", async () => {
    const { secret, observed } = await driver.create(WANTED);
    expect(observed).toMatchObject({
      externalId: litellmId(secret),
      name: "tag-disputes",
      capAmount: 200n * USD,
      models: ["claude-haiku-4-5"],
      blocked: false,
      spent: 100_000_000n,
    });
    expect(drift(WANTED, observed)).toEqual([]);
    expect(server.asked[0]?.body).toMatchObject({ max_budget: 200, budget_duration: "1mo" });
    expect([driver.enforcement, driver.title]).toEqual(["bounded", "LiteLLM"]);
  });

  it("tells of a cap that was lowered in silence", async () => {
    proxy.upperbound = 100;
    const { observed } = await driver.create(WANTED);
    expect(drift(WANTED, observed)).toEqual(["cap $100.00 instead of $200.00"]);
  });

  it("finds the key of an answer that was lost, and makes no second one", async () => {
    server.faults.push({ kind: "truncated" });
    const { secret, observed } = await driver.create(WANTED);
    expect(observed.externalId).toBe(litellmId(secret));
    expect(proxy.keys.size).toBe(1);
    server.faults.push({ kind: "reset" });
    expect((await failure(driver.create({ ...WANTED, name: "other" }))).code).toBe(
      "gateway_unavailable",
    );
    expect(proxy.keys.size).toBe(1);
  });

  it("blocks, unblocks, changes and regenerates, each read back", async () => {
    const { observed } = await driver.create(WANTED);
    const id = observed.externalId;
    expect((await driver.block(id)).blocked).toBe(true);
    expect((await driver.unblock(id)).blocked).toBe(false);
    const more = { ...WANTED, capAmount: 250_500_000_000n };
    expect((await driver.setBudget(id, more)).capAmount).toBe(250_500_000_000n);
    const next = await driver.regenerate(id, 24);
    expect(next.observed.externalId).toBe(litellmId(next.secret));
    expect(await driver.read(id)).toBeUndefined();
  });

  it("counts a key once that two pages have", async () => {
    for (const name of ["a", "b", "c"]) await driver.create({ ...WANTED, name });
    expect((await driver.list()).map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("says what makes its cap weaker", async () => {
    const said = async () => (await driver.check()).map((one) => one.said);
    expect(await said()).toEqual(["budgets fail open when Redis does"]);
    proxy.settings = [
      { field_name: "fail_closed_budget_enforcement", field_value: true, stored_in_db: true },
    ];
    expect(await said()).toEqual([]);
    proxy.health = { status: "healthy", db: "Not connected", litellm_version: "1.83.2" };
    expect(await said()).toEqual([
      "no database: budgets fail open",
      "no Redis: each replica counts alone",
      "version 1.83.2 records after the call: its caps are soft",
    ]);
  });

  it("refuses a wrong admin key without repeating it", async () => {
    const headers = { authorization: "Bearer sk-wrong-admin-key-0123456789" };
    const wrong = litellmDriver(clientOf(server.url, headers), () => NOW);
    const error = await failure(wrong.list());
    expect(error.code).toBe("credential_refused");
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("sk-wrong");
  });
});

describe("the driver of OpenAI", () => {
  it("makes service accounts, lists them, deletes what is blocked, and caps nothing", async () => {
    const accounts = new Map<string, Row>();
    const base = "/v1/organization/projects/proj_1/service_accounts";
    const openai = await serveContract(
      ({ method, path, body, query }) => {
        const id = path.startsWith(`${base}/`) ? path.slice(base.length + 1) : undefined;
        if (method === "POST" && path === base) {
          const made = { id: `user-${accounts.size + 1}`, name: (body as Row).name };
          accounts.set(made.id, made);
          return { body: { ...made, api_key: { id: "key_1", value: "sk-svcacct-secret" } } };
        }
        if (id === undefined) {
          const rows = [...accounts.values()];
          const at = rows.findIndex((row) => row.id === query.get("after")) + 1;
          const data = rows.slice(at, at + 1);
          // A last page whose cursor repeats.
          return { body: { data, has_more: true, last_id: data[0]?.id ?? query.get("after") } };
        }
        const there = accounts.get(id);
        if (there === undefined) return undefined;
        if (method === "DELETE") accounts.delete(id);
        return { body: method === "DELETE" ? { deleted: true } : there };
      },
      ({ authorization }) => authorization === "Bearer admin",
      NOW,
    );
    const client = clientOf(openai.url, { authorization: "Bearer admin" });
    const of = openaiDriver(client, "proj_1");
    const { secret, observed } = await of.create(WANTED);
    await of.create({ ...WANTED, name: "second" });
    expect([secret, observed.name]).toEqual(["sk-svcacct-secret", "tag-disputes"]);
    expect((await of.list()).map(({ name }) => name)).toEqual(["tag-disputes", "second"]);
    expect((await of.block(observed.externalId)).blocked).toBe(true);
    expect(await of.read(observed.externalId)).toBeUndefined();
    const capped = await failure(of.setBudget("x", WANTED));
    expect([of.enforcement, capped.message]).toEqual(["soft", "OpenAI cannot cap a single key"]);
    await openai.close();
  });
});

describe("the driver of Anthropic", () => {
  it("lists and switches keys, and says that it cannot make one", async () => {
    const key: Row = { id: "apikey_1", name: "ci", status: "active", expires_at: null };
    const anthropic = await serveContract(
      ({ method, path, body }) => {
        if (path === "/v1/organizations/api_keys")
          return { body: { data: [key], has_more: false } };
        if (path !== "/v1/organizations/api_keys/apikey_1") return undefined;
        if (method === "POST") Object.assign(key, body);
        return { body: key };
      },
      (headers) => headers["x-api-key"] === "admin",
      NOW,
    );
    const of = anthropicDriver(clientOf(anthropic.url, { "x-api-key": "admin" }));
    expect((await of.list()).map(({ name, blocked }) => [name, blocked])).toEqual([["ci", false]]);
    expect((await of.block("apikey_1")).blocked).toBe(true);
    expect((await of.unblock("apikey_1")).blocked).toBe(false);
    expect(await of.read("apikey_2")).toBeUndefined();
    const made = await failure(of.create(WANTED));
    expect([made.code, made.message]).toEqual([
      "gateway_cannot",
      "Anthropic cannot make a key by its API",
    ]);
    expect(of.enforcement).toBe("observe");
    await anthropic.close();
  });
});
