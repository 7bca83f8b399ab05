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

/** A key as aispend.yaml takes it; the name as met is kept beside it where it differs. */
function keyed(name: string): { key: string; name?: string } {
  if (KEY.test(name)) return { key: name };
  const key = name
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 63);
  return { key: key === "" ? "unnamed" : key, name };
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
  const section = [...teams].map(([team, projects]) => ({
    ...keyed(team),
    ...(projects.size === 0 ? {} : { projects: projectsOf(projects) }),
  }));
  return { yaml: stringify({ teams: section }), homeless };
}

function projectsOf(projects: ReadonlyMap<string, Found>) {
  return [...projects].map(([project, { agents }]) => ({
    ...keyed(project),
    ...(agents.size === 0 ? {} : { agents: [...agents].map(keyed) }),
  }));
}
