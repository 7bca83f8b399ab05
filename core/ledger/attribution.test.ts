import { describe, expect, it } from "vitest";
import { type AttributionFacts, attribute, isWithin } from "./attribution.ts";
import { attributionBase } from "./attribution-base.ts";

const base = attributionBase({
  scopes: [
    { id: 1, kind: "team", key: "payments", parentId: 0 },
    { id: 2, kind: "team", key: "search", parentId: 0 },
    { id: 3, kind: "project", key: "disputes", parentId: 1 },
    { id: 4, kind: "project", key: "shared", parentId: 1 },
    { id: 5, kind: "project", key: "shared", parentId: 2 },
    { id: 6, kind: "agent", key: "triage", parentId: 3 },
    { id: 7, kind: "project", key: "ranking", parentId: 2 },
  ],
  keys: new Map([["k-payments", 1]]),
  nativeProjects: [
    { account: "org-1", project: "proj_a", scopeId: 7 },
    { account: undefined, project: "proj_b", scopeId: 3 },
  ],
  rules: [
    { when: { environment: "ci*" }, scopeId: 2, sets: { feature: "builds" } },
    { when: { model: "*embed*" }, scopeId: 0, sets: { workflow: "indexing" } },
  ],
  productOfProject: new Map([[3, "chargebacks"]]),
  productOfWorkflow: new Map([["refunds", "returns"]]),
});

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
