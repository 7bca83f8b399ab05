import { divideHalfEven, saidUsd } from "#core/money.ts";
import type { MaturityFacts } from "./facts.ts";
import type { Evidence } from "./schema.ts";

export type Line = Omit<Evidence, "level" | "line" | "dimension">;

export const NO_SOURCE = "a source of usage: POST /v1/usage, a gateway, or a read-only billing key";

export function yes(found: string): Line {
  return { state: "yes", found };
}

export function no(found: string, action: string): Line {
  return { state: "no", found, action };
}

export function missing(connect: string, action = `connect ${connect}`): Line {
  return { state: "not_connected", found: `not connected: connect ${connect}`, connect, action };
}

function percent(part: bigint, whole: bigint): string {
  const tenths = divideHalfEven(part * 1_000n, whole);
  return `${tenths / 10n}.${tenths % 10n}%`;
}

/** Above the target, exactly: 95.0% of a target of 95 is not above it. */
function isAbove(part: bigint, whole: bigint, target: number): boolean {
  return part * 100_000n > whole * BigInt(Math.round(target * 1_000));
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function share(facts: MaturityFacts, part: bigint, of: string, action: string): Line {
  const { cost } = facts.shares;
  if (cost <= 0n) return missing(NO_SOURCE);
  const target = facts.targets.attributionCoverage;
  const found = `${percent(part, cost)} of the spend of 30 days is mapped to ${of}`;
  return isAbove(part, cost, target) ? yes(found) : no(`${found}, target above ${target}%`, action);
}

export function catalogued({ providers }: MaturityFacts): Line {
  if (providers.length === 0) return missing(NO_SOURCE);
  const unknown = providers.filter((one) => !one.catalogued).map(({ provider }) => provider);
  const known = providers.length - unknown.length;
  const found = `${known} of ${count(providers.length, "provider")} with spend in the inventory`;
  if (unknown.length === 0) return yes(found);
  return no(`${found}; not: ${some(unknown)}`, `add ${some(unknown)} to accounts in aispend.yaml`);
}

function inOnePlace({ providers, shares }: MaturityFacts): Line {
  if (providers.length === 0) return missing(NO_SOURCE);
  return yes(`${saidUsd(shares.cost)} in 30 days from ${count(providers.length, "provider")}`);
}

function owners({ kept }: MaturityFacts): Line {
  if (kept.accounts === 0) {
    return no("no account or seat plan is in the inventory", "list accounts with their owners");
  }
  const bare = kept.ownerless.length;
  const found = `${kept.accounts - bare} of ${count(kept.accounts, "account")} have an owner`;
  if (bare === 0) return yes(found);
  return no(`${found}; not: ${some(kept.ownerless)}`, `name an owner for ${some(kept.ownerless)}`);
}

function perEngineer({ kept }: MaturityFacts): Line {
  const tools = "a coding tool: Cursor, Copilot or Claude Code";
  if (kept.codingToolDays === 0) return missing(tools);
  return yes(`${kept.codingToolDays} days of engineers with coding tools in 35 days`);
}

export function showback({ kept }: MaturityFacts): Line {
  if (kept.showbacks > 0) return yes(`${count(kept.showbacks, "showback")} sent in 35 days`);
  const action = "give each team a channel: /aispend channel here TEAM";
  return no("no showback was sent in 35 days", action);
}

export function budgeted({ teams, kept }: MaturityFacts): Line {
  if (teams.length === 0) return missing(NO_SOURCE);
  const bare = teams.filter(({ hasBudget }) => !hasBudget).map(({ name }) => name);
  const held = teams.length - bare.length;
  const found = `${held} of ${count(teams.length, "team")} with spend have a budget`;
  if (bare.length > 0) {
    return no(`${found}; not: ${some(bare)}`, `set a budget: /aispend budget suggest ${bare[0]}`);
  }
  if (kept.forecasts > 0) return yes(`${found}, each forecast daily`);
  return no(`${found}, and no forecast was made in two days`, "run the worker: aispend doctor");
}

function alerting({ alerts }: MaturityFacts): Line {
  if (alerts.length === 0) {
    return no("no team has a budget that alerts", "set budgets: /aispend budget suggest TEAM");
  }
  const early = alerts.filter((one) => one.some((at) => at <= 80) && one.some((at) => at >= 100));
  const found = `${early.length} of ${count(alerts.length, "budget")} alert before and at 100%`;
  if (early.length === alerts.length) return yes(found);
  return no(found, "set alerts: /aispend budget set TEAM AMOUNT alerts 50 80 100");
}

function planning({ kept }: MaturityFacts): Line {
  if (kept.planMonths >= 12) return yes("the year is planned by months");
  const found =
    kept.planMonths === 0
      ? "no plan of this year"
      : `${kept.planMonths} months of this year planned`;
  return no(found, "store the plan: /aispend budget plan org YEAR AMOUNT because ...");
}

export function caps({ kept }: MaturityFacts): Line {
  if (kept.gateways === 0) return missing("the gateway: hard caps live in the request path");
  if (kept.hardCaps > 0) return yes(`${count(kept.hardCaps, "hard cap")} in force at the gateway`);
  return no("the gateway runs without a hard cap", "set one: /aispend cap set agent NAME 50 a day");
}

function keys({ agents, kept, teams }: MaturityFacts): Line {
  if (kept.virtualKeys === 0) return missing("virtual keys: /aispend key request");
  const all = [...teams, ...agents];
  const without = all.filter(({ hasKey }) => !hasKey).map(({ name }) => name);
  const held = all.length - without.length;
  const found = `${held} of ${all.length} teams and agents with spend have a key of their own`;
  const bare = kept.ciSpend && kept.ciKeys === 0 ? [...without, "CI jobs"] : without;
  if (bare.length === 0) return yes(found);
  return no(`${found}; not: ${some(bare)}`, `issue a key for ${bare[0]}: /aispend key request`);
}

function audit({ kept }: MaturityFacts): Line {
  if (kept.auditEntries > 0n)
    return yes(
      `${kept.auditEntries} ${kept.auditEntries === 1n ? "entry" : "entries"}, hash-chained`,
    );
  return no("the audit log is empty", "apply aispend.yaml");
}

function routing({ kept }: MaturityFacts): Line {
  if (kept.routingLevers > 0) return yes(`${count(kept.routingLevers, "routing lever")} in force`);
  return no("no routing lever is in force", "record one behind the gate: /aispend experiment");
}

function cacheHygiene({ cache }: MaturityFacts): Line {
  if (cache.projects === 0) return missing(NO_SOURCE);
  const found = `${cache.scored} of ${count(cache.projects, "project")} have a cache hit rate`;
  if (cache.scored > 0 && cache.scored * 2 >= cache.projects) return yes(found);
  return no(found, "cache system prompts; see /aispend why TEAM for the share of caching");
}

export function evaluated({ kept }: MaturityFacts): Line {
  if (kept.promoted > 0) {
    return yes(`${count(kept.promoted, "change")} promoted through the evaluation gate`);
  }
  const found =
    kept.experiments === 0
      ? "no experiment is on record"
      : `${count(kept.experiments, "experiment")} on record, none promoted`;
  return no(found, "record one: aispend experiment evaluate results.json");
}

function margins({ earning, kept }: MaturityFacts): Line {
  if (earning.length === 0) return missing("revenue: POST /v1/outcomes with revenue");
  const found = `${earning.length} of ${count(kept.products, "product")} have a gross margin`;
  if (kept.products > 0 && earning.length >= kept.products) return yes(found);
  return no(found, "send revenue of the other products with their outcomes");
}

interface Row extends Pick<Evidence, "level" | "line" | "dimension"> {
  readonly of: (facts: MaturityFacts) => Line;
}

/** domain.md section 5, line by line. */
const ROWS: readonly Row[] = [
  {
    level: "L1",
    dimension: "visibility",
    line: "every provider and seat plan catalogued",
    of: catalogued,
  },
  { level: "L1", dimension: "visibility", line: "spend per provider in one place", of: inOnePlace },
  { level: "L1", dimension: "governance", line: "an owner per account", of: owners },
  {
    level: "L2",
    dimension: "allocation",
    line: "spend mapped to teams",
    of: (facts) =>
      share(facts, facts.shares.teamCost, "a team", "map the rest: /aispend unattributed"),
  },
  {
    level: "L2",
    dimension: "allocation",
    line: "spend mapped to products",
    of: (facts) =>
      share(facts, facts.productCost, "a product", "give projects and workflows a product"),
  },
  {
    level: "L2",
    dimension: "allocation",
    line: "spend mapped to cost centres",
    of: (facts) =>
      share(facts, facts.shares.costCentreCost, "a cost centre", "write cost_centre: of each team"),
  },
  {
    level: "L2",
    dimension: "visibility",
    line: "per-engineer rollups for coding tools",
    of: perEngineer,
  },
  { level: "L2", dimension: "culture", line: "showback sent", of: showback },
  { level: "L3", dimension: "governance", line: "forecast against budget per team", of: budgeted },
  { level: "L3", dimension: "governance", line: "alerts at 50, 80, 100%", of: alerting },
  { level: "L3", dimension: "culture", line: "run-rate planning", of: planning },
  { level: "L4", dimension: "tooling", line: "hard caps at the gateway", of: caps },
  {
    level: "L4",
    dimension: "tooling",
    line: "a virtual key per team, agent and CI job",
    of: keys,
  },
  { level: "L4", dimension: "governance", line: "append-only audit log", of: audit },
  {
    level: "L5",
    dimension: "optimization",
    line: "automated routing by cost and quality",
    of: routing,
  },
  { level: "L5", dimension: "optimization", line: "cache hygiene scored", of: cacheHygiene },
  { level: "L5", dimension: "optimization", line: "every routing change evaluated", of: evaluated },
  { level: "L5", dimension: "culture", line: "gross margin per product a KPI", of: margins },
];

export function evidenceOf(facts: MaturityFacts): Evidence[] {
  return ROWS.map(({ of, ...row }) => ({ ...row, ...of(facts) }));
}
