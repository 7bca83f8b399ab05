import { DEFAULT_RACI } from "../raci-default.ts";
import type { OrganisationFile, ResponsibilityFile } from "../schema.ts";
import {
  ACTIVITIES,
  ACTIVITY_SAID,
  type Activity,
  FUNCTIONS,
  type FunctionName,
} from "../words.ts";
import type { PersonCheck } from "./check-people.ts";
import type { FileFault } from "./schema-problem.ts";
import { raciOf } from "./state-of-file.ts";
import type { FilePath } from "./yaml-lines.ts";

interface Placed {
  readonly people: readonly string[];
  readonly path: FilePath;
}

/** What holds at a scope: its own words over what it inherits. */
interface Effective {
  readonly functions: ReadonlyMap<FunctionName, Placed>;
  readonly accountable: ReadonlyMap<Activity, FunctionName>;
}

interface Node {
  readonly path: FilePath;
  readonly name: string;
  readonly scope: ResponsibilityFile & { readonly members?: string[] | undefined };
  readonly children: readonly Node[];
}

/** Exactly one Accountable per activity and scope: one function, held by one person. */
export function checkResponsibility(file: OrganisationFile, check: PersonCheck): FileFault[] {
  const root: Node = { path: [], name: "the organisation", scope: file, children: teams(file) };
  const inherited: Effective = {
    functions: new Map(),
    accountable: new Map(
      ACTIVITIES.map((activity) => [activity, DEFAULT_RACI[activity].accountable]),
    ),
  };
  return checkNode(root, inherited, check);
}

function teams(file: OrganisationFile): Node[] {
  return (file.teams ?? []).map((team, t) => ({
    path: ["teams", t],
    name: team.key,
    scope: team,
    children: (team.projects ?? []).map((project, p) => ({
      path: ["teams", t, "projects", p],
      name: `${team.key}/${project.key}`,
      scope: project,
      children: (project.agents ?? []).map((agent, a) => ({
        path: ["teams", t, "projects", p, "agents", a],
        name: `${team.key}/${project.key}/${agent.key}`,
        scope: agent,
        children: [],
      })),
    })),
  }));
}

function list(people: string | string[]): readonly string[] {
  return typeof people === "string" ? [people] : people;
}

function checkNode(node: Node, inherited: Effective, check: PersonCheck): FileFault[] {
  const functions = new Map(inherited.functions);
  const accountable = new Map(inherited.accountable);
  const faults: FileFault[] = [];
  for (const name of FUNCTIONS) {
    const held = node.scope.functions?.[name];
    if (held === undefined) continue;
    const path = [...node.path, "functions", name];
    functions.set(name, { people: list(held), path });
    faults.push(...checkNames(held, path, check));
  }
  if (node.scope.on_call !== undefined) {
    faults.push(...checkNames(node.scope.on_call, [...node.path, "on_call"], check));
  }
  if (node.scope.members !== undefined) {
    faults.push(...checkNames(node.scope.members, [...node.path, "members"], check));
  }
  for (const activity of ACTIVITIES) {
    const row = node.scope.raci?.[activity];
    if (row === undefined) continue;
    const path = [...node.path, "raci", activity];
    const record = raciOf(row);
    if (record === undefined) faults.push(notOne(row, activity, node.name, path));
    else accountable.set(activity, record.accountable);
  }
  faults.push(...checkHolders(node, { functions, accountable }, inherited));
  return [
    ...faults,
    ...node.children.flatMap((child) => checkNode(child, { functions, accountable }, check)),
  ];
}

function checkNames(held: string | string[], path: FilePath, check: PersonCheck): FileFault[] {
  const people = list(held);
  return people.flatMap((person, index) => {
    const at = typeof held === "string" ? path : [...path, index];
    if (people.indexOf(person) === index) return check(person, at);
    return [{ path: at, message: `${person} is named twice`, help: "Name each person once." }];
  });
}

function notOne(
  row: Partial<Record<FunctionName, string | undefined>>,
  activity: Activity,
  where: string,
  path: FilePath,
): FileFault {
  const having = FUNCTIONS.filter((name) => row[name]?.includes("A") === true);
  const place = `'${ACTIVITY_SAID[activity]}' of ${where}`;
  const second = having[1];
  if (second === undefined) {
    const message = `${place} has no Accountable`;
    return { path, message, help: "Give exactly one function an A.", reliesOn: ["raci", activity] };
  }
  const message = `${place} has ${having.length} Accountable: ${having.join(" and ")}`;
  const help = `Keep one A; write R, C or I for the other${having.length > 2 ? "s" : ""}.`;
  return { path: [...path, second], message, help };
}

/** Reported where it arises: at the scope whose own words made it so. */
function checkHolders(node: Node, here: Effective, inherited: Effective): FileFault[] {
  const isRoot = node.path.length === 0;
  const activitiesOf = activitiesByFunction(here.accountable);
  return [...activitiesOf].flatMap(([name, activities]): FileFault[] => {
    const held = here.functions.get(name);
    const said = activities.map((activity) => `'${ACTIVITY_SAID[activity]}'`).join(", ");
    const own = activities.find((activity) => node.scope.raci?.[activity] !== undefined);
    if (held === undefined) {
      if (!isRoot && own === undefined) return [];
      const message = `nobody holds ${name}, which is Accountable for ${said} of ${node.name}`;
      const where = isRoot ? "at the top level" : `in ${node.name}`;
      const help = `Write functions: with ${name}: and the key of one person ${where}.`;
      const path = own === undefined ? ["functions"] : [...node.path, "raci", own];
      return [{ path, message, help, reliesOn: ["functions", "raci", ...activities, name] }];
    }
    if (held.people.length < 2) return [];
    const isNew = node.scope.functions?.[name] !== undefined;
    const becameA = activities.some((activity) => inherited.accountable.get(activity) !== name);
    if (!isNew && !becameA) return [];
    const named = `${held.people.length} people: ${held.people.join(", ")}`;
    const message = `${name} is Accountable for ${said} of ${node.name} and names ${named}`;
    const help = `Name exactly one person for ${name}, or give the A to another function.`;
    return [
      { path: isNew || own === undefined ? held.path : [...node.path, "raci", own], message, help },
    ];
  });
}

function activitiesByFunction(
  accountable: ReadonlyMap<Activity, FunctionName>,
): Map<FunctionName, Activity[]> {
  const grouped = new Map<FunctionName, Activity[]>();
  for (const [activity, name] of accountable) {
    grouped.set(name, [...(grouped.get(name) ?? []), activity]);
  }
  return grouped;
}
