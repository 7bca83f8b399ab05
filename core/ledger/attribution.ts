import type { Tags } from "./schema.ts";

/** Ids of scopes from the team down; 0 = unattributed at that level. */
export interface Chain {
  readonly teamId: number;
  readonly projectId: number;
  readonly agentId: number;
}

export const NO_CHAIN: Chain = { teamId: 0, projectId: 0, agentId: 0 };

/** What decided the chain; kept on the entry. */
export type AttributedBy = "key" | "tags" | "token" | "native" | "rule" | "correction" | "none";

/** What can be set by a rule beside the chain. */
export type RuleTags = Pick<Tags, "workflow" | "product" | "feature" | "environment">;

export interface AttributionFacts {
  readonly provider: string;
  readonly model: string;
  readonly key: string | undefined;
  readonly account: string | undefined;
  readonly nativeProject: string | undefined;
  readonly tags: Tags;
}

/** What attribution looks things up in: a snapshot of the organisation. */
export interface AttributionBase {
  keyChain(key: string): Chain | undefined;
  nativeChain(account: string | undefined, nativeProject: string): Chain | undefined;
  /**
   * The chain of a team, of a project (in the team when one is known) or of an agent, by its
   * name.
   */
  team(name: string): Chain | undefined;
  project(name: string, within: Chain): Chain | undefined;
  agent(name: string, within: Chain): Chain | undefined;
  /** The first mapping rule that matches. */
  rule(facts: AttributionFacts): { chain: Chain; tags: RuleTags } | undefined;
  /** The product that a project or a workflow belongs to. */
  productOf(chain: Chain, workflow: string | undefined): string | undefined;
}

export interface Attribution {
  readonly chain: Chain;
  readonly by: AttributedBy;
  readonly tags: Tags;
  /** Scope tags that named something unknown: kept, so that they can be mapped later. */
  readonly unknown: Readonly<Record<string, string>>;
  /** Scope tags that contradict what the key is bound to: shown, never followed. */
  readonly contradicted: Readonly<Record<string, string>>;
}

const LEVELS = ["teamId", "projectId", "agentId"] as const;

function agree(one: number, other: number): boolean {
  return one === 0 || other === 0 || one === other;
}

function agrees(chain: Chain, candidate: Chain): boolean {
  return (
    agree(chain.teamId, candidate.teamId) &&
    agree(chain.projectId, candidate.projectId) &&
    agree(chain.agentId, candidate.agentId)
  );
}

/** The two chains as one; they must agree. */
function merge(chain: Chain, candidate: Chain): Chain {
  return {
    teamId: chain.teamId || candidate.teamId,
    projectId: chain.projectId || candidate.projectId,
    agentId: chain.agentId || candidate.agentId,
  };
}

interface TagReading {
  readonly chain: Chain;
  readonly unknown: Readonly<Record<string, string>>;
  readonly contradicted: Readonly<Record<string, string>>;
}

const NOTHING: Readonly<Record<string, string>> = {};

function readTags(base: AttributionBase, tags: Tags, start: Chain): TagReading {
  const { team, project, agent } = tags;
  // Most usage has none: this runs for every row of an import.
  if (team === undefined && project === undefined && agent === undefined) {
    return { chain: start, unknown: NOTHING, contradicted: NOTHING };
  }
  let reading: TagReading = { chain: start, unknown: NOTHING, contradicted: NOTHING };
  if (team !== undefined) reading = readTag(reading, "team", team, base.team(team));
  if (project !== undefined) {
    reading = readTag(reading, "project", project, base.project(project, reading.chain));
  }
  if (agent !== undefined) {
    reading = readTag(reading, "agent", agent, base.agent(agent, reading.chain));
  }
  return reading;
}

function readTag(
  reading: TagReading,
  level: "team" | "project" | "agent",
  name: string,
  found: Chain | undefined,
): TagReading {
  const { chain, unknown, contradicted } = reading;
  if (found === undefined) return { ...reading, unknown: { ...unknown, [level]: name } };
  if (agrees(chain, found)) return { ...reading, chain: merge(chain, found) };
  return { ...reading, contradicted: { ...contradicted, [level]: name } };
}

interface Found {
  readonly chain: Chain;
  readonly by: AttributedBy;
}

/** Levels that are open are filled by a chain that agrees. */
function filled(found: Found, candidate: Chain | undefined, source: AttributedBy): Found {
  const { chain, by } = found;
  if (candidate === undefined || !agrees(chain, candidate)) return found;
  const decides = chain.teamId === 0 && candidate.teamId !== 0;
  return { chain: merge(chain, candidate), by: decides ? source : by };
}

/**
 * Who pays (design.md 4.11): the key's chain, which tags may narrow but not leave; else the tags;
 * else what the ingest token is bound to; else the provider's own project; else the first rule.
 * A later source fills only levels below an agreeing chain.
 */
export function attribute(
  base: AttributionBase,
  facts: AttributionFacts,
  tokenScope: Chain | undefined,
): Attribution {
  const bound = facts.key === undefined ? undefined : base.keyChain(facts.key);
  const reading = readTags(base, facts.tags, bound ?? NO_CHAIN);
  const start = reading.chain;
  let found: Found = { chain: start, by: bound ? "key" : start.teamId !== 0 ? "tags" : "none" };
  if (found.chain.teamId === 0) found = filled(found, tokenScope, "token");
  if (found.chain.teamId === 0 && facts.nativeProject !== undefined) {
    found = filled(found, base.nativeChain(facts.account, facts.nativeProject), "native");
  }
  const rule = base.rule(facts);
  if (rule !== undefined && found.chain.teamId === 0) found = filled(found, rule.chain, "rule");
  const { chain, by } = found;
  const tags: Tags = { ...rule?.tags, ...facts.tags };
  const product = tags.product ?? base.productOf(chain, tags.workflow);
  return {
    chain,
    by,
    tags: product === undefined ? tags : { ...tags, product },
    unknown: reading.unknown,
    contradicted: reading.contradicted,
  };
}

/** True when the chain lies in one of the scopes (each given as its own chain). */
export function isWithin(chain: Chain, scopes: readonly Chain[]): boolean {
  return scopes.some((scope) =>
    LEVELS.every((level) => scope[level] === 0 || scope[level] === chain[level]),
  );
}
