import { globTest } from "./glob.ts";
import type { RuleConditions, RuleSets } from "./inventory-schema.ts";

/** Ids of scopes from the team down; 0 = unattributed at that level. */
export interface ScopeChain {
  readonly teamId: number;
  readonly projectId: number;
  readonly agentId: number;
}

/** What a rule looks at. Tags are as the usage gave them. */
export interface RuleFacts {
  readonly provider: string;
  readonly model: string;
  readonly key: string | undefined;
  readonly account: string | undefined;
  readonly nativeProject: string | undefined;
  readonly tags: Readonly<Partial<Record<RuleTag, string | undefined>>>;
}

const TAGS = [
  "team",
  "project",
  "agent",
  "workflow",
  "product",
  "feature",
  "environment",
  "customer",
] as const;
type RuleTag = (typeof TAGS)[number];

export interface AttributionRule {
  readonly key: string;
  readonly matches: (facts: RuleFacts) => boolean;
  /** Undefined: the rule sets dimensions only. */
  readonly chain: ScopeChain | undefined;
  readonly sets: RuleSets;
}

/** All conditions of a rule hold at once; a fact that the usage lacks fulfils none. */
export function ruleTest(conditions: RuleConditions): (facts: RuleFacts) => boolean {
  const tests: ((facts: RuleFacts) => boolean)[] = [];
  const add = (pattern: string | undefined, of: (facts: RuleFacts) => string | undefined) => {
    if (pattern === undefined) return;
    const test = globTest(pattern);
    tests.push((facts) => {
      const text = of(facts);
      return text !== undefined && test(text);
    });
  };
  add(conditions.provider, (facts) => facts.provider);
  add(conditions.model, (facts) => facts.model);
  add(conditions.key, (facts) => facts.key);
  add(conditions.account, (facts) => facts.account);
  add(conditions.native_project, (facts) => facts.nativeProject);
  for (const tag of TAGS) add(conditions[tag], (facts) => facts.tags[tag]);
  return (facts) => tests.every((test) => test(facts));
}

/** The first rule, in the order of the file, that matches. */
export function findRule(
  rules: readonly AttributionRule[],
  facts: RuleFacts,
): AttributionRule | undefined {
  return rules.find((rule) => rule.matches(facts));
}
