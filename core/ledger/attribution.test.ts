import { describe, expect, it } from "vitest";
import { ruleTest } from "#core/org/attribution-rule.ts";
import type { Scope } from "#core/org/directory.ts";
import { type AttributionFacts, attribute, isWithin } from "./attribution.ts";
import { attributionBase } from "./attribution-base.ts";

const scopes = [
  scope(1, "team", "payments", 0),
  scope(2, "team", "search", 0),
  scope(3, "project", "disputes", 1),
  scope(4, "project", "shared", 1),
  scope(5, "project", "shared", 2),
  scope(6, "agent", "triage", 3),
  scope(7, "project", "ranking", 2),
];
const base = attributionBase({
  scopes: new Map(scopes.map((one) => [one.id, one])),
  scopesByName: new Map(scopes.map(({ key }) => [key, scopes.filter((one) => one.key === key)])),
  keys: new Map([["k-payments", { teamId: 1, projectId: 0, agentId: 0 }]]),
  nativeProjects: new Map([
    ["org-1/proj_a", { teamId: 2, projectId: 7, agentId: 0 }],
    ["proj_b", { teamId: 1, projectId: 3, agentId: 0 }],
  ]),
  rules: [
    {
      key: "builds",
      matches: ruleTest({ environment: "ci*" }),
      chain: { teamId: 2, projectId: 0, agentId: 0 },
      sets: { feature: "builds" },
    },
    {
      key: "indexing",
      matches: ruleTest({ model: "*embed*" }),
      chain: undefined,
      sets: { workflow: "indexing" },
    },
  ],
  productOfProject: new Map([[3, "chargebacks"]]),
  productOfWorkflow: new Map([["refunds", "returns"]]),
});

function scope(id: number, kind: Scope["kind"], key: string, parentId: number): Scope {
  return {
    id,
    kind,
    key,
    name: key,
    parentId,
    costCentre: undefined,
    archetype: undefined,
    retiredOn: undefined,
  };
}

const facts = (over: Partial<AttributionFacts>): AttributionFacts => ({
  provider: "openai",
  model: "gpt-5",
  key: undefined,
  account: undefined,
  nativeProject: undefined,
  tags: {},
  ...over,
});
const of = (over: Partial<AttributionFacts>) => attribute(base, facts(over), undefined);

describe("attribution", () => {
  it("lets tags narrow the chain of a key", () => {
    const result = of({ key: "k-payments", tags: { project: "Disputes", agent: "triage" } });
    expect(result.chain).toEqual({ teamId: 1, projectId: 3, agentId: 6 });
    expect(result.by).toBe("key");
    expect(result.tags.product).toBe("chargebacks");
  });

  it("keeps a tag that contradicts the key, and never follows it", () => {
    const result = of({ key: "k-payments", tags: { team: "search", project: "ranking" } });
    expect(result.chain).toEqual({ teamId: 1, projectId: 0, agentId: 0 });
    expect(result.contradicted).toEqual({ team: "search", project: "ranking" });
  });

  it("takes tags where there is no key, filling the levels above", () => {
    expect(of({ tags: { agent: "triage" } })).toMatchObject({
      chain: { teamId: 1, projectId: 3, agentId: 6 },
      by: "tags",
    });
  });

  it("leaves a name that two teams have unattributed until the team is known", () => {
    expect(of({ tags: { project: "shared" } }).chain.projectId).toBe(0);
    expect(of({ tags: { project: "shared", team: "search" } }).chain).toEqual({
      teamId: 2,
      projectId: 5,
      agentId: 0,
    });
  });

  it("keeps unknown names and attributes what is known", () => {
    const result = of({ tags: { team: "payments", project: "new-thing" } });
    expect(result.chain.teamId).toBe(1);
    expect(result.unknown).toEqual({ project: "new-thing" });
  });

  it("falls back to the provider's project, then to rules, in that order", () => {
    expect(of({ account: "org-1", nativeProject: "proj_a" })).toMatchObject({
      chain: { teamId: 2, projectId: 7, agentId: 0 },
      by: "native",
    });
    expect(of({ account: "org-9", nativeProject: "proj_b" }).chain.projectId).toBe(3);
    expect(of({ tags: { environment: "CI-nightly" } })).toMatchObject({
      chain: { teamId: 2, projectId: 0, agentId: 0 },
      by: "rule",
      tags: { environment: "CI-nightly", feature: "builds" },
    });
    const both = of({ nativeProject: "proj_b", tags: { environment: "ci" } });
    expect(both).toMatchObject({ chain: { teamId: 1 }, by: "native" });
  });

  it("lets rules set dimensions but not overwrite them", () => {
    expect(of({ model: "text-embedding-3" }).tags.workflow).toBe("indexing");
    const tagged = of({ model: "text-embedding-3", tags: { workflow: "refunds" } });
    expect(tagged.tags).toMatchObject({ workflow: "refunds", product: "returns" });
  });

  it("holds what a token may write against the chain", () => {
    const payments = { teamId: 1, projectId: 0, agentId: 0 };
    expect(attribute(base, facts({}), payments)).toMatchObject({ chain: payments, by: "token" });
    expect(isWithin({ teamId: 1, projectId: 3, agentId: 6 }, [payments])).toBe(true);
    expect(isWithin({ teamId: 2, projectId: 7, agentId: 0 }, [payments])).toBe(false);
    expect(isWithin({ teamId: 0, projectId: 0, agentId: 0 }, [payments])).toBe(false);
  });
});
