import { AispendError } from "#core/errors.ts";
import type { OrganisationFile } from "../schema.ts";
import { checkBudgets } from "./check-budgets.ts";
import { checkInventory, checkPrices, checkRules, checkSources } from "./check-inventory.ts";
import { checkPeople, personCheck } from "./check-people.ts";
import { checkResponsibility } from "./check-raci.ts";
import { checkProducts, checkScopeKeys, checkSettings, scopeCheck } from "./check-scopes.ts";
import { type Readable, readable } from "./prune.ts";
import { checkRepositories } from "./repository-record.ts";
import { type FileFault, valueAt } from "./schema-problem.ts";
import { readYaml } from "./yaml-lines.ts";

export interface FileProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  /** What to write. */
  readonly help: string;
}

export type ReadFile =
  | { readonly ok: true; readonly file: OrganisationFile }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Reads aispend.yaml and reports everything that is wrong with it at once, each with its line.
 * `knownPeople` are keys of people whom the directory brought and the file need not list.
 */
export function readOrganisationFile(
  text: string,
  knownPeople: ReadonlySet<string> = NOBODY,
): ReadFile {
  const yaml = readYaml(text);
  if (yaml.value === undefined && yaml.problems.length > 0) return refused(yaml.problems);
  const misplaced = misplacedFile(yaml.value);
  if (misplaced !== undefined) return refused([misplaced]);
  const read = readable(yaml.value);
  const semantic = semanticFaults(read, knownPeople);
  const problems = [
    ...yaml.problems,
    ...[...read.faults, ...semantic].map(({ path, message, help }) => ({
      line: yaml.lineOf(path),
      message,
      help,
    })),
  ];
  if (read.file !== undefined && problems.length === 0) return { ok: true, file: read.file };
  return refused(problems);
}

function semanticFaults(read: Readable, knownPeople: ReadonlySet<string>): FileFault[] {
  if (read.file === undefined) return [];
  return checkOrganisation(read.file, knownPeople)
    .map((fault) => ({ ...fault, path: read.original(fault.path) }))
    .filter((fault) => !read.isDoubtful(fault));
}

/** What the schema cannot see: names that lead nowhere, circles, missing and double Accountables. */
export function checkOrganisation(
  file: OrganisationFile,
  knownPeople: ReadonlySet<string>,
): FileFault[] {
  const person = personCheck(file, knownPeople);
  const scope = scopeCheck(file);
  return [
    ...checkSettings(file),
    ...checkPeople(file, person),
    ...checkScopeKeys(file),
    ...checkResponsibility(file, person),
    ...checkProducts(file, scope),
    ...checkInventory(file, person, scope),
    ...checkSources(file),
    ...checkRules(file, scope),
    ...checkRepositories(file.repositories, scope),
    ...checkPrices(file),
    ...checkBudgets(file, scope),
  ];
}

function refused(problems: readonly FileProblem[]): ReadFile {
  return { ok: false, problems: problems.toSorted((a, b) => a.line - b.line) };
}

/** Files that are no organisation's at all get one clear word instead of a list of missing fields. */
function misplacedFile(value: unknown): FileProblem | undefined {
  if (value === null || value === undefined) {
    const help = "Copy aispend.example.yaml and change it.";
    return { line: 1, message: "the file is empty", help };
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    const message = "the file is not a group of fields";
    return { line: 1, message, help: "Begin with organisation: as aispend.example.yaml does." };
  }
  if ("repository" in value) {
    const alone = Object.keys(value).length === 1;
    const message = alone
      ? "this aispend.yaml belongs to a repository: it maps paths to scopes and says nothing else"
      : "repository: belongs into the aispend.yaml of that repository, alone";
    const help = alone
      ? "Apply the organisation's own aispend.yaml instead."
      : "Take repository: out of the organisation's file.";
    return { line: 1, message, help };
  }
  return undefined;
}

/** The organisation that a file is about, before anything else of it is judged. */
export function organisationKeyOf(text: string): string | undefined {
  const key = valueAt(readYaml(text).value, ["organisation", "key"]);
  return typeof key === "string" ? key : undefined;
}

const MAX_SHOWN = 100;

/** "aispend.yaml:12: no person 'anna'. Did you mean ana?", a problem a line. */
export function sayProblems(fileName: string, problems: readonly FileProblem[]): string {
  const lines = problems
    .slice(0, MAX_SHOWN)
    .map(({ line, message, help }) => `${fileName}:${line}: ${message}. ${help}`);
  const more = problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

/** The file, or a refusal that lists every problem. Throws `organisation_file_invalid`. */
export function parseOrganisationFile(
  text: string,
  fileName: string,
  knownPeople?: ReadonlySet<string>,
): OrganisationFile {
  const read = readOrganisationFile(text, knownPeople);
  if (read.ok) return read.file;
  const count = read.problems.length;
  const problems = count === 1 ? "1 problem" : `${count} problems`;
  throw new AispendError(
    "organisation_file_invalid",
    `${fileName} has ${problems}:\n${sayProblems(fileName, read.problems)}`,
    { help: "Correct the lines named above and apply again." },
  );
}
