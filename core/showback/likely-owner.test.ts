import { describe, expect, it } from "vitest";
import type { Directory, Scope } from "../org/directory.ts";
import { type LineFacts, likelyOwners } from "./likely-owner.ts";

function scope(id: number, kind: Scope["kind"], key: string, parentId = 0): Scope {
  const none = { costCentre: undefined, archetype: undefined, retiredOn: undefined };
  return { id, kind, key, name: key, parentId, ...none };
}

const SCOPES = [
  scope(1, "team", "payments"),
  scope(2, "project", "disputes", 1),
  scope(3, "team", "search"),
  scope(4, "project", "ranker", 3),
  scope(5, "team", "legal-ops"),
];
const chain = (teamId: number, projectId = 0) => ({ teamId, projectId, agentId: 0 });

function directory(over: Partial<Directory> = {}): Directory {
  const scopes = new Map(SCOPES.map((one) => [one.id, one]));
  const empty: Partial<Directory> = { scopes, rules: [], keys: new Map() };
  // Only these are read.
  return { ...empty, ...over } as Directory;
}

function facts(over: Partial<LineFacts> = {}): LineFacts {
  return {
    provider: "openai",
    model: "gpt-4o",
    key: undefined,
    account: undefined,
    workflow: undefined,
    environment: undefined,
    agent: undefined,
    cost: 1n,
    ...over,
  };
}

const ask = (
  over: Partial<Directory>,
  of: Partial<LineFacts>,
  before: Parameters<typeof likelyOwners>[2] = [],
  declined: number[] = [],
) => likelyOwners(directory(over), { teamId: 1, facts: [facts(of)] }, before, declined);

const rule = (to: ReturnType<typeof chain>, key = "ci-*") => ({
  key,
  matches: (one: { key: string | undefined }) => one.key?.startsWith("ci-") ?? false,
  chain: to,
  sets: {},
});

describe("the likely owner of a disputed line", () => {
  it("is first whom a mapping rule gives such calls", () => {
    const rules = [rule(chain(3, 4))];
    const keys = new Map([["ci-7", chain(5)]]);
    expect(ask({ rules, keys }, { key: "ci-7" })).toEqual([
      { scopeId: 4, because: "rule 'ci-*' gives it such calls" },
      { scopeId: 5, because: "key ci-7 is listed as its own" },
    ]);
  });

  it("is then who is listed with the key, then who paid for it before, the larger first", () => {
    const before = [
      { chain: chain(5), key: "k1", cost: 1n },
      { chain: chain(3), key: "k1", cost: 9n },
    ];
    expect(ask({}, { key: "k1" }, before).map(({ scopeId }) => scopeId)).toEqual([3, 5]);
  });

  it("is at last whose name is alike, by whole words and their endings", () => {
    expect(ask({}, { agent: "rank-judge" })).toEqual([
      { scopeId: 4, because: "its name has 'ranker' in it too" },
    ]);
    expect(ask({}, { workflow: "Legal review" })).toMatchObject([{ scopeId: 5 }]);
    expect(ask({}, { agent: "ci-agent-bot" })).toEqual([]);
  });

  it("is never the team itself, nor one that said no, nor one that is retired", () => {
    expect(ask({ rules: [rule(chain(1, 2))] }, { key: "ci-7" })).toEqual([]);
    expect(ask({ rules: [rule(chain(3, 4))] }, { key: "ci-7" }, [], [3])).toEqual([]);
    const retired = new Map(
      SCOPES.map((one) => [one.id, one.id === 5 ? { ...one, retiredOn: "2026-01-01" } : one]),
    ) as Directory["scopes"];
    expect(ask({ scopes: retired }, { workflow: "Legal review" })).toEqual([]);
  });

  it("is nobody where nothing tells", () => {
    expect(ask({}, {})).toEqual([]);
  });
});
