import { type FileFault, schemaFaults } from "#core/org/file/schema-problem.ts";
import { readYaml } from "#core/org/file/yaml-lines.ts";
import { subjectKeyOf } from "./mapping.ts";
import {
  PolicyRule,
  type Repository,
  RepositoryFile,
  repositoryJsonSchema,
} from "./repository-schema.ts";

/** Where a repository keeps its mapping, volumes and policy, and its snapshot of usage. */
export const REPOSITORY_FILE = "aispend.yaml";
export const SNAPSHOT_FILE = "aispend.usage.json";

export interface RepositoryProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly help: string;
}

export type ReadRepository =
  | { readonly state: "read"; readonly repository: Repository }
  /** An organisation's file, or an empty one: it says nothing about this repository. */
  | { readonly state: "other"; readonly reason: string }
  | { readonly state: "refused"; readonly problems: readonly RepositoryProblem[] };

const MAX_CHARACTERS = 1_000_000;

/** Reads the `repository:` of an aispend.yaml, with everything that is wrong with it and its lines. */
export function readRepositoryFile(text: string): ReadRepository {
  if (text.length > MAX_CHARACTERS) {
    return refused([{ line: 1, message: "the file is larger than 1 MB", help: "Shorten it." }]);
  }
  const yaml = readYaml(text);
  const { value, problems } = yaml;
  if (value === undefined && problems.length > 0) return refused(problems);
  if (value === null || value === undefined) return { state: "other", reason: "it is empty" };
  if (typeof value !== "object" || !("repository" in value)) {
    return { state: "other", reason: "it has no repository:" };
  }
  const read = RepositoryFile.safeParse(value);
  const faults = read.success
    ? semanticFaults(read.data.repository)
    : schemaFaults(read.error.issues, value, repositoryJsonSchema).map(ruleFault);
  const all = [
    ...problems,
    ...faults.map(({ path, message, help }) => ({ line: yaml.lineOf(path), message, help })),
  ];
  if (read.success && all.length === 0) return { state: "read", repository: read.data.repository };
  return refused(all);
}

/** The organisation that a repository's file names; undefined where it names none. */
export function organisationOf(text: string | undefined): string | undefined {
  const read = text === undefined ? undefined : readRepositoryFile(text);
  return read?.state === "read" ? read.repository.organisation : undefined;
}

const RULES = PolicyRule.options.map(({ shape }) => shape.rule.value);

/** A rule that nobody knows is told with those that there are. */
function ruleFault(fault: FileFault): FileFault {
  if (fault.path.at(-1) !== "rule") return fault;
  return {
    ...fault,
    message: "this rule is not known",
    help: `Write one of: ${RULES.join(", ")}.`,
  };
}

function refused(problems: readonly RepositoryProblem[]): ReadRepository {
  return { state: "refused", problems: problems.toSorted((a, b) => a.line - b.line) };
}

/** "aispend.yaml:12: ...", a problem a line. */
export function sayRepositoryProblems(problems: readonly RepositoryProblem[]): string[] {
  return problems
    .slice(0, 20)
    .map(({ line, message, help }) => `${REPOSITORY_FILE}:${line}: ${message}. ${help}`);
}

/** What the schema cannot see: a pattern, a volume or a rule that is written twice. */
function semanticFaults({ paths, volumes, policy }: Repository): FileFault[] {
  const twice = (
    list: string,
    names: readonly string[],
    said: (index: number) => string,
  ): FileFault[] =>
    names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [
            {
              path: ["repository", list, index],
              message: `${said(index)} is written twice`,
              help: "Keep one of them.",
            },
          ],
    );
  return [
    ...twice(
      "paths",
      paths.map(({ path }) => path),
      (index) => `the path '${paths[index]?.path}'`,
    ),
    ...twice(
      "volumes",
      volumes.map((one) => `${subjectKeyOf(one)} ${one.model}`),
      (index) => `the volume of '${volumes[index]?.model}'`,
    ),
    ...twice(
      "policy",
      policy.map((one) => `${one.rule} ${one.action}`),
      (index) => `the rule '${policy[index]?.rule}'`,
    ),
  ];
}
