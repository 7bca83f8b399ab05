import { isTimeZone } from "#core/time.ts";
import { didYouMean } from "../near.ts";
import type { OrganisationFile } from "../schema.ts";
import { circleFrom, duplicates } from "./check-people.ts";
import type { FileFault } from "./schema-problem.ts";
import { kindOfPath } from "./state.ts";
import { scopesOf } from "./state-of-file.ts";
import type { FilePath } from "./yaml-lines.ts";

/** A fault unless the path names a scope of the file. */
export type ScopeCheck = (scope: string, path: FilePath) => FileFault[];

export function scopeCheck(file: OrganisationFile): ScopeCheck {
  const scopes = scopesOf(file);
  return (scope, path) => {
    if (scopes.has(scope)) return [];
    const help = didYouMean(scope, scopes.keys()) ?? `Add it to teams: ${scope}.`;
    const message = `no ${kindOfPath(scope)} '${scope}'`;
    return [{ path, message, help, reliesOn: ["teams", "projects", "agents"] }];
  };
}

export function checkSettings({ organisation: settings }: OrganisationFile): FileFault[] {
  const faults: FileFault[] = [];
  if (!isTimeZone(settings.time_zone)) {
    const known = Intl.supportedValuesOf("timeZone");
    const help = didYouMean(settings.time_zone, known) ?? "Write a name such as Europe/Berlin.";
    const path = ["organisation", "time_zone"];
    faults.push({ path, message: `'${settings.time_zone}' is no time zone`, help });
  }
  if (settings.privacy.person_detail === "named" && settings.privacy.basis === undefined) {
    faults.push({
      path: ["organisation", "privacy", "person_detail"],
      message: "naming people needs a recorded basis",
      help: "Write basis: with the agreement or rule that allows it, or aggregated, or self.",
      reliesOn: ["basis"],
    });
  }
  const quiet = settings.quiet_hours;
  if (quiet !== undefined && quiet.from === quiet.until) {
    const message = `quiet hours begin and end at ${quiet.from}`;
    const help = "Write two different times, or leave quiet_hours out.";
    faults.push({ path: ["organisation", "quiet_hours"], message, help });
  }
  return faults;
}

/** Keys are unique among their siblings; the same key may be there again in another team. */
export function checkScopeKeys(file: OrganisationFile): FileFault[] {
  const keyed = (items: readonly { key: string }[] | undefined, path: FilePath) =>
    (items ?? []).map(({ key }, index) => ({ value: key, path: [...path, index, "key"] }));
  return [
    ...duplicates(keyed(file.teams, ["teams"]), "team"),
    ...(file.teams ?? []).flatMap((team, t) => [
      ...duplicates(keyed(team.projects, ["teams", t, "projects"]), `project of ${team.key}`),
      ...(team.projects ?? []).flatMap((project, p) =>
        duplicates(
          keyed(project.agents, ["teams", t, "projects", p, "agents"]),
          `agent of ${team.key}/${project.key}`,
        ),
      ),
    ]),
  ];
}

export function checkProducts(file: OrganisationFile, check: ScopeCheck): FileFault[] {
  const products = file.products ?? [];
  const keys = new Set(products.map(({ key }) => key));
  const parents = new Map(products.map(({ key, part_of }) => [key, part_of]));
  const members = (field: "projects" | "workflows") =>
    products.flatMap((product, index) =>
      (product[field] ?? []).map((value, at) => ({ value, path: ["products", index, field, at] })),
    );
  const circles = new Set<string>();
  const unknown = products.flatMap(({ key, part_of }, index): FileFault[] => {
    const path = ["products", index, "part_of"];
    if (part_of === undefined) return [];
    if (!keys.has(part_of)) {
      const help = didYouMean(part_of, keys) ?? `Add ${part_of} to products.`;
      return [{ path, message: `no product '${part_of}'`, help, reliesOn: ["products"] }];
    }
    const circle = circleFrom(key, (product) => parents.get(product));
    const name = circle?.toSorted().join(" ");
    if (circle === undefined || name === undefined || circles.has(name)) return [];
    circles.add(name);
    const message = `products go in a circle: ${[...circle, key].join(" > ")}`;
    return [{ path, message, help: "Take part_of out of one of them." }];
  });
  const projects = members("projects").flatMap(({ value, path }) =>
    kindOfPath(value) === "project"
      ? check(value, path)
      : [{ path, message: `'${value}' is not a project`, help: "Write it as team/project." }],
  );
  return [
    ...duplicates(
      products.map(({ key }, index) => ({ value: key, path: ["products", index, "key"] })),
      "product",
    ),
    ...unknown,
    ...projects,
    ...duplicates(members("projects"), "project of products"),
    ...duplicates(members("workflows"), "workflow of products"),
  ];
}
