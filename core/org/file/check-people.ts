import { didYouMean } from "../near.ts";
import type { OrganisationFile, PersonFile } from "../schema.ts";
import type { FileFault } from "./schema-problem.ts";
import type { FilePath } from "./yaml-lines.ts";

/** A fault unless the person is in the file or known from the directory. */
export type PersonCheck = (person: string, path: FilePath) => FileFault[];

export function personCheck(file: OrganisationFile, known: ReadonlySet<string>): PersonCheck {
  const people = new Set([...file.people.map(({ key }) => key), ...known]);
  return (person, path) => {
    if (people.has(person)) return [];
    const help = didYouMean(person, people) ?? `Add ${person} to people.`;
    return [{ path, message: `no person '${person}'`, help, reliesOn: ["people"] }];
  };
}

/** One fault for each value that stands at more than one place, at the later ones. */
export function duplicates(
  values: readonly { value: string | undefined; path: FilePath }[],
  what: string,
): FileFault[] {
  const seen = new Set<string>();
  return values.flatMap(({ value, path }) => {
    if (value === undefined || !seen.has(value)) {
      if (value !== undefined) seen.add(value);
      return [];
    }
    const help = "Each may be there once: change or remove one of them.";
    return [{ path, message: `${what} '${value}' is there twice`, help }];
  });
}

export function checkPeople(file: OrganisationFile, check: PersonCheck): FileFault[] {
  const each = (of: (person: PersonFile) => string | undefined, field: string) =>
    file.people.map((person, index) => ({ value: of(person), path: ["people", index, field] }));
  return [
    ...duplicates(
      each((person) => person.key, "key"),
      "person",
    ),
    ...duplicates(
      each((person) => person.email?.toLowerCase(), "email"),
      "the e-mail address",
    ),
    ...duplicates(
      each((person) => person.github?.toLowerCase(), "github"),
      "the GitHub login",
    ),
    ...file.people.flatMap((person, index) => checkDelegates(person, index, check)),
    ...delegationCycles(file),
    ...check(file.organisation.accountable_for_ai_cost, [
      "organisation",
      "accountable_for_ai_cost",
    ]),
  ];
}

function checkDelegates(person: PersonFile, index: number, check: PersonCheck): FileFault[] {
  const delegates = person.delegates ?? [];
  return delegates.flatMap((delegate, position) => {
    const path = ["people", index, "delegates", position];
    const faults = check(delegate.to, [...path, "to"]);
    if (delegate.to === person.key) {
      const message = `${person.key} delegates to themselves`;
      faults.push({ path: [...path, "to"], message, help: "Name somebody else." });
    }
    if (delegate.until < delegate.from) {
      const message = `the delegation ends on ${delegate.until}, before it begins`;
      faults.push({ path: [...path, "until"], message, help: `Not before ${delegate.from}.` });
    }
    const other = delegates.slice(0, position).find((earlier) => overlap(earlier, delegate));
    if (other !== undefined) {
      const message = `${person.key} has two delegates at once, ${other.to} and ${delegate.to}`;
      faults.push({ path, message, help: "Change the days so that they do not overlap." });
    }
    return faults;
  });
}

interface Days {
  readonly from: string;
  readonly until: string;
}

function overlap(a: Days, b: Days): boolean {
  return a.from <= b.until && b.from <= a.until;
}

interface Step extends Days {
  readonly person: string;
  readonly to: string;
  readonly path: FilePath;
}

/** Delegations that lead back to whom they came from on a day on which all of them hold. */
function delegationCycles(file: OrganisationFile): FileFault[] {
  const steps = chained(
    file.people
      .flatMap((person, index) =>
        (person.delegates ?? []).map((delegate, at) => ({
          ...delegate,
          person: person.key,
          path: ["people", index, "delegates", at],
        })),
      )
      .filter(({ person, to }) => person !== to),
  );
  const faults = new Map<string, FileFault>();
  // Who delegates changes only on a first day: a circle is there on one of those, or never.
  for (const day of new Set(steps.map(({ from }) => from))) {
    const holding = steps.filter(({ from, until }) => from <= day && day <= until);
    const next = new Map(holding.map((step) => [step.person, step]));
    for (const step of holding) {
      const circle = circleFrom(step.person, (person) => next.get(person)?.to);
      if (circle === undefined) continue;
      const name = circle.toSorted().join(" ");
      if (faults.has(name)) continue;
      const round = [...circle, step.person].join(" > ");
      const message = `delegations go in a circle on ${day}: ${round}`;
      faults.set(name, { path: step.path, message, help: "Let one of them name somebody else." });
    }
  }
  return [...faults.values()];
}

/** Only delegations that come from somebody's delegate and go to somebody who delegates. */
function chained(steps: Step[]): Step[] {
  const givers = new Set(steps.map(({ person }) => person));
  const takers = new Set(steps.map(({ to }) => to));
  const kept = steps.filter(({ person, to }) => givers.has(to) && takers.has(person));
  return kept.length === steps.length ? kept : chained(kept);
}

/** The nodes from `start` back to `start`, or undefined when it does not lead there. */
export function circleFrom(
  start: string,
  next: (node: string) => string | undefined,
): string[] | undefined {
  const seen = new Set([start]);
  for (let node = next(start); node !== undefined; node = next(node)) {
    if (node === start) return [...seen];
    if (seen.has(node)) return undefined;
    seen.add(node);
  }
  return undefined;
}
