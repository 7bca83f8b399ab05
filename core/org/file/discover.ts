import { stringify } from "yaml";
import { saidUsd } from "#core/money.ts";

/** A combination of scope names met in usage, as core/ledger lists them. */
export interface MetNames {
  readonly team: string | undefined;
  readonly project: string | undefined;
  readonly agent: string | undefined;
  readonly requests: bigint;
  readonly cost: bigint;
}

export interface Discovery {
  /** A `teams:` section to merge into aispend.yaml; empty when there is nothing to add. */
  readonly yaml: string;
  /** What could not be placed, in words: no team was ever named beside it. */
  readonly homeless: readonly string[];
}

const KEY = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

interface Keyed {
  readonly key: string;
  /** As met, in the one line that the file takes; absent where the key says it. */
  readonly name?: string;
}

/** Keys as aispend.yaml takes them, no two the same. */
function keyer(): (name: string) => Keyed {
  const taken = new Set<string>();
  return (name) => {
    const base = keyOf(name);
    let key = base;
    for (let number = 2; taken.has(key); number += 1) {
      key = `${base.slice(0, 63 - String(number).length - 1)}-${number}`;
    }
    taken.add(key);
    const line = name.replace(/\s+/g, " ").trim().slice(0, 200).trim();
    return key === name || line === "" ? { key } : { key, name: line };
  };
}

function keyOf(name: string): string {
  if (KEY.test(name)) return name;
  const key = name
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 63);
  return key === "" ? "unnamed" : key;
}

interface Found {
  agents: Set<string>;
}

/** Writes the scopes that usage names and the organisation lacks as the section of its file. */
export function discoverScopes(met: readonly MetNames[]): Discovery {
  const teams = new Map<string, Map<string, Found>>();
  const homeless: string[] = [];
  for (const { team, project, agent, requests, cost } of met) {
    if (team === undefined || (agent !== undefined && project === undefined)) {
      const what = agent === undefined ? `project '${project}'` : `agent '${agent}'`;
      const lacks = team === undefined ? "team" : "project";
      homeless.push(`${what}: ${requests} calls, ${saidUsd(cost)}, no ${lacks} named beside it`);
      continue;
    }
    const projects = teams.get(team) ?? new Map<string, Found>();
    teams.set(team, projects);
    if (project === undefined) continue;
    const found = projects.get(project) ?? { agents: new Set() };
    projects.set(project, found);
    if (agent !== undefined) found.agents.add(agent);
  }
  if (teams.size === 0) return { yaml: "", homeless };
  const keyed = keyer();
  const section = [...teams].map(([team, projects]) => ({
    ...keyed(team),
    ...(projects.size === 0 ? {} : { projects: projectsOf(projects) }),
  }));
  return { yaml: stringify({ teams: section }, { aliasDuplicateObjects: false }), homeless };
}

function projectsOf(projects: ReadonlyMap<string, Found>) {
  const keyed = keyer();
  return [...projects].map(([project, { agents }]) => ({
    ...keyed(project),
    ...(agents.size === 0 ? {} : { agents: [...agents].map(keyer()) }),
  }));
}
