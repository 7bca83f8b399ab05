import { beforeAll, describe, expect, it } from "vitest";
import { chainOf, type Directory, loadDirectory, pathOf } from "#core/org/directory.ts";
import { findScopes } from "#core/org/find-scopes.ts";
import { listInventory } from "#core/org/inventory.ts";
import { loadPriceTerms } from "#core/org/price-terms.ts";
import type { ScopeKind } from "#core/org/words.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, edited, exampleOf, NOW } from "./organisation.ts";

const database = useDatabase();
let directory: Directory;
let other: Directory;

beforeAll(async () => {
  const text = edited(
    exampleOf("acme"),
    ["  - key: search\n    name: Search", "  - key: search\n    name: Search & Find"],
    [
      "      - key: answers\n",
      "      - key: checkout\n        name: Search checkout\n      - key: answers\n",
    ],
  );
  const { orgId } = await apply(database.pool, text);
  directory = await loadDirectory(database.pool, orgId);
  const second = await apply(database.pool, exampleOf("acme-two"));
  other = await loadDirectory(database.pool, second.orgId);
});

function found(name: string, kind?: ScopeKind, within = directory): string[] {
  const { matches } = findScopes(within, kind, name);
  return matches.map(({ id }) => pathOf(within.scopes, id)).toSorted();
}

describe("finding a scope", () => {
  it.each([
    ["payments", undefined, ["payments"]],
    ["PAYMENTS", "team", ["payments"]],
    ["search & find", undefined, ["search"]],
    ["payments/disputes", undefined, ["payments/disputes"]],
    [" Payments / Disputes ", undefined, ["payments/disputes"]],
    ["disputes/refund-agent", "agent", ["payments/disputes/refund-agent"]],
    ["payments/disputes/refund agent", undefined, ["payments/disputes/refund-agent"]],
    ["checkout", "project", ["payments/checkout", "search/checkout"]],
    ["search/checkout", undefined, ["search/checkout"]],
    ["payments", "project", []],
    ["search/disputes", undefined, []],
    ["", undefined, []],
    ["/", undefined, []],
  ] as const)("'%s' (%s) is %j", (name, kind, paths) => {
    expect(found(name, kind)).toEqual(paths);
  });

  it("says what may have been meant", () => {
    expect(findScopes(directory, undefined, "paymets").near).toEqual(["payments"]);
    expect(findScopes(directory, "project", "payments/dispute").near).toEqual([
      "payments/disputes",
    ]);
    expect(findScopes(directory, undefined, "zzzzzz").near).toEqual([]);
  });

  it("finds only what is of the same organisation", () => {
    expect(found("checkout", "project", other)).toEqual(["payments/checkout"]);
    const ids = new Set(directory.scopes.keys());
    expect([...other.scopes.keys()].filter((id) => ids.has(id))).toEqual([]);
  });
});

describe("the directory", () => {
  it("knows the chain of every key and of every project of a provider", () => {
    const [disputes] = findScopes(directory, "project", "disputes").matches;
    const chain = chainOf(directory.scopes, disputes?.id ?? 0);
    expect(directory.nativeProjects.get("openai-main/proj_disputes")).toEqual(chain);
    expect(directory.nativeProjects.get("org-acme-1/proj_disputes")).toEqual(chain);
    expect(directory.nativeProjects.get("proj_disputes")).toEqual(chain);
    expect(directory.keys.get("key_4f2a")).toMatchObject({ ...chain, agentId: expect.any(Number) });
    expect(directory.productOfProject.get(chain.projectId)).toBe("checkout");
    expect(directory.productOfWorkflow.get("refunds")).toBe("checkout");
  });

  it("knows people by key, address and login in any case of letters", () => {
    const eve = directory.peopleByName.get("eve");
    expect(eve).toBeGreaterThan(0);
    expect(directory.peopleByName.get("eve@acme.example")).toBe(eve);
    expect(directory.peopleByName.get("evelarsen")).toBe(eve);
    expect(other.peopleByName.get("eve")).not.toBe(eve);
  });

  it("has the rules in the file's order, and what counts", () => {
    expect(directory.rules.map(({ key }) => key)).toEqual(["ci", "search-models"]);
    const traffic = { provider: "openai", nativeProject: undefined, key: undefined };
    expect(directory.counts({ ...traffic, source: "litellm" })).toBe(true);
    expect(directory.counts({ ...traffic, source: "otlp" })).toBe(false);
  });

  it("has the organisation's own prices", async () => {
    const terms = await loadPriceTerms(database.pool, directory.orgId);
    expect(terms.prices).toMatchObject([{ model: "acme-support-7b", input: "0.2", output: "0.4" }]);
    expect(terms.discounts).toMatchObject([
      { name: "OpenAI enterprise agreement", percent: "12.5" },
    ]);
  });

  it("is refused for an organisation that is not there", async () => {
    await expect(loadDirectory(database.pool, 999_999)).rejects.toMatchObject({
      code: "organisation_not_found",
    });
  });
});

describe("the inventory", () => {
  it("names what has no owner, cost centre or approved use", async () => {
    const text = edited(
      exampleOf("acme-three"),
      [
        '    owner: farid\n    cost_centre: "4700"\n    approved_use: Engineers',
        '    cost_centre: "4700"',
      ],
      ["    github: evelarsen", "    github: evelarsen\n    left_on: 2026-11-22"],
    );
    const { orgId } = await apply(database.pool, text);
    const items = await listInventory(database.pool, orgId, NOW);
    const said = items.map(({ kind, key, missing }) => `${kind} ${key}: ${missing.join(", ")}`);
    expect(said).toEqual([
      "account openai-main: ",
      "key ci-nightly: owner",
      "payment_method corporate-card: ",
      "seat_plan cursor-business: owner, approved use",
    ]);
    expect(items[1]).toMatchObject({ ownerLeft: true });
    expect(
      (await listInventory(database.pool, other.orgId, NOW)).map(({ missing }) => missing),
    ).toEqual([[], [], [], []]);
  });
});
