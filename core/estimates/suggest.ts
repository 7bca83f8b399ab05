/** A file that holds models or prompts. */
export interface FoundFile {
  readonly path: string;
  readonly models: readonly string[];
}

/** A scope or workflow that a path may belong to, and the models that its calls used. */
export interface Candidate {
  readonly subject: { readonly scope?: string; readonly workflow?: string };
  readonly name: string;
  readonly models: ReadonlySet<string>;
  readonly calls: number;
}

export interface Suggestion {
  readonly path: string;
  readonly subject: Candidate["subject"];
  readonly why: string;
}

/** Words that say what a thing is, and not which. */
const GENERAL = new Set([
  ...["agent", "agents", "service", "services", "app", "apps", "src", "lib", "prompt", "prompts"],
  ...["model", "models", "ai", "llm", "bot", "api", "web", "main", "core", "config", "the", "of"],
]);

/** "refund" of "refunds": a plural names the same. */
function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word.length > 1 && !/^\d+$/.test(word))
    .map((word) => (word.length > 3 ? word.replace(/(?:ies|es|s)$/, "") : word));
}

interface Match {
  readonly candidate: Candidate;
  readonly words: readonly string[];
  readonly models: readonly string[];
}

function matchOf(file: FoundFile, candidate: Candidate): Match | undefined {
  const telling = wordsOf(candidate.name).filter((word) => !GENERAL.has(word));
  const inPath = new Set(wordsOf(file.path));
  if (telling.length === 0 || !telling.every((word) => inPath.has(word))) return undefined;
  const used = file.models.filter((model) => candidate.models.has(model.toLowerCase()));
  return { candidate, words: telling, models: used };
}

/** The longest name decides, then the models in use, then who calls most. */
function better(left: Match, right: Match): number {
  return (
    right.words.length - left.words.length ||
    right.models.length - left.models.length ||
    right.candidate.calls - left.candidate.calls ||
    left.candidate.name.localeCompare(right.candidate.name)
  );
}

/**
 * Proposes whose calls each file makes: by names that stand in its path, else by a model that one
 * scope alone uses. Files of one folder with one answer become one mapping. Nothing is guessed for
 * the rest.
 */
export function suggestMappings(
  files: readonly FoundFile[],
  candidates: readonly Candidate[],
): Suggestion[] {
  const single = files.flatMap((file): Suggestion[] => {
    const [best] = candidates.flatMap((one) => matchOf(file, one) ?? []).toSorted(better);
    if (best !== undefined) return [suggestionOf(file, best)];
    const only = onlyUser(file, candidates);
    return only === undefined ? [] : [only];
  });
  return joined(single, files);
}

function suggestionOf({ path }: FoundFile, { candidate, words, models }: Match): Suggestion {
  const used = models.length === 0 ? "" : `, and it uses ${models[0]}`;
  return { path, subject: candidate.subject, why: `named after '${words.join(" ")}'${used}` };
}

function onlyUser({ path, models }: FoundFile, candidates: readonly Candidate[]) {
  for (const model of models) {
    const users = candidates.filter((one) => one.models.has(model.toLowerCase()));
    const [only] = users;
    if (only !== undefined && users.length === 1) {
      return { path, subject: only.subject, why: `nobody else uses ${model}` };
    }
  }
  return undefined;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** A folder in which every file that counts has the same answer is one line. */
function joined(all: readonly Suggestion[], files: readonly FoundFile[]): Suggestion[] {
  const key = ({ subject }: Suggestion): string => JSON.stringify(subject);
  const result = new Map<string, Suggestion>();
  for (const one of all) {
    const folder = folderOf(one.path);
    const inside = files.filter(({ path }) => folderOf(path) === folder);
    const same = all.filter((other) => folderOf(other.path) === folder && key(other) === key(one));
    const whole = folder !== "" && inside.length > 1 && same.length === inside.length;
    const path = whole ? `${folder}/**` : one.path;
    if (!result.has(path)) result.set(path, { ...one, path });
  }
  return [...result.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
