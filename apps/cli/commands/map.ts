import { resolve } from "node:path";
import type { Command } from "commander";
import { stringify } from "yaml";
import { fileKind } from "#core/estimates/detection/file-kind.ts";
import { findFacts } from "#core/estimates/detection/find-facts.ts";
import { readBytes } from "#core/estimates/read-bytes.ts";
import { findUsedModels } from "#core/estimates/snapshot-service.ts";
import {
  type Candidate,
  type FoundFile,
  type Suggestion,
  suggestMappings,
} from "#core/estimates/suggest.ts";
import { type Directory, pathOf } from "#core/org/directory.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import {
  findCommit,
  type GitRepository,
  listTree,
  objectSizes,
  openRepository,
  readObjects,
} from "../git-repository.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface SuggestOptions extends CommonOptions {
  repo?: string;
}

const MAX_BYTES = 500_000;
const MAX_FILES = 5_000;

export function addMap(program: Command, line: CommandLine): void {
  const map = program.command("map").description("which path of a repository makes whose calls");
  map
    .command("suggest")
    .description("propose paths: for the repository's aispend.yaml, from names and used models")
    .option("--repo <path>", "the repository; the working folder unless given")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: SuggestOptions) =>
      report(line, options.json === true, () => suggest(line, options)),
    );
}

async function suggest(line: CommandLine, options: SuggestOptions): Promise<Outcome> {
  const folder = resolve(line.workingFolder, options.repo ?? ".");
  const repository = await openRepository(folder, line.environment);
  const files = await filesWithFacts(repository);
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const used = await findUsedModels(pool, org, line.clock());
    const suggestions = suggestMappings(files, candidatesOf(org, used));
    return { text: textOf(suggestions, files.length), json: { suggestions } };
  });
}

/** Files of HEAD that hold a model or a prompt. */
async function filesWithFacts(repository: GitRepository): Promise<FoundFile[]> {
  const { index } = buildPriceBook(loadCatalogue());
  const tree = await listTree(repository, await findCommit(repository, "HEAD"));
  const readable = tree.filter(({ path }) => fileKind(path).state === "read").slice(0, MAX_FILES);
  const sizes = await objectSizes(repository, [...new Set(readable.map(({ id }) => id))]);
  const small = [...sizes].filter(([, size]) => size <= MAX_BYTES).map(([id]) => id);
  const contents = await readObjects(repository, small);
  return readable.flatMap(({ path, id }): FoundFile[] => {
    const kind = fileKind(path);
    const read = readBytes(contents.get(id) ?? new Uint8Array());
    if (kind.state !== "read" || read.state !== "text") return [];
    const { facts } = findFacts(index, path, kind, read.text);
    const told = facts.filter((fact) => fact.kind !== "params");
    const models = told.filter((fact) => fact.kind === "model").map(({ value }) => value);
    return told.length === 0 ? [] : [{ path, models: [...new Set(models)] }];
  });
}

/** Agents and projects by name, workflows as usage names them; with the models that they called. */
function candidatesOf(
  { scopes }: Directory,
  used: Awaited<ReturnType<typeof findUsedModels>>,
): Candidate[] {
  const workflows = new Map<string, { models: Set<string>; calls: number }>();
  const byScope = new Map<number, { models: Set<string>; calls: number }>();
  const add = <K>(
    map: Map<K, { models: Set<string>; calls: number }>,
    key: K,
    at: number,
  ): void => {
    const { model = "", calls = 0 } = used[at] ?? {};
    const known = map.get(key) ?? { models: new Set<string>(), calls: 0 };
    known.models.add(model.toLowerCase());
    map.set(key, { models: known.models, calls: known.calls + calls });
  };
  for (const [at, { scopeId, workflow }] of used.entries()) {
    add(byScope, scopeId, at);
    if (workflow !== null) add(workflows, workflow, at);
  }
  const living = [...scopes.values()].filter(
    ({ kind, retiredOn }) => retiredOn === undefined && kind !== "team",
  );
  const nothing = { models: new Set<string>(), calls: 0 };
  return [
    ...living.map(({ id, key }): Candidate => {
      const { models, calls } = byScope.get(id) ?? nothing;
      return { subject: { scope: pathOf(scopes, id) }, name: key, models, calls };
    }),
    ...[...workflows].map(
      ([workflow, { models, calls }]): Candidate => ({
        subject: { workflow },
        name: workflow,
        models,
        calls,
      }),
    ),
  ];
}

function textOf(suggestions: readonly Suggestion[], files: number): string {
  if (suggestions.length === 0) {
    const found = `${files} ${files === 1 ? "file holds" : "files hold"} a model or a prompt`;
    return `Nothing to suggest: ${found}, and no name of a scope or workflow fits.`;
  }
  const lines = suggestions.map(({ path, subject, why }) => {
    const [first = "", ...rest] = stringify([{ path, ...subject }])
      .trimEnd()
      .split("\n");
    return [`    ${first} # ${why}`, ...rest.map((one) => `    ${one}`)].join("\n");
  });
  return ["repository:", "  paths:", ...lines].join("\n");
}
