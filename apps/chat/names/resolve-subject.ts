import type { SpendDimension } from "#core/ledger/spend-query.ts";
import { DIMENSION_NAMES, dimensionOf } from "../grammar/dimension-words.ts";
import type { SubjectPhrase } from "../grammar/subject-words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { anyOf } from "../said/said-names.ts";
import { combine, type Named, type Subject, spellNamed } from "../subject.ts";
import {
  findExact,
  findFamily,
  findNear,
  type NamedKind,
  namedScope,
  namesakes,
  SEARCH_ORDER,
} from "./find-named.ts";
import type { NameSource } from "./name-source.ts";

/** How to say the question again with a name that was found. */
export type Retry = (named: Named) => string;

export interface ResolveContext {
  readonly source: NameSource;
  readonly org: Named;
  /** The teams of the one who asks, most likely first. */
  readonly myTeams: readonly number[];
  /** The spend of the one who asks; undefined where nobody in particular does. */
  readonly me: Named | undefined;
}

type NamedPhrase = Extract<SubjectPhrase, { kind: "named" }>;

function named(kind: string, count: number): string {
  return count === 1 ? `a ${kind}` : `${count} ${kind}s`;
}

/** The teams of the one who asks; the organisation where none is known. */
function myTeams(context: ResolveContext): readonly [Named, ...Named[]] {
  const [first = context.org, ...others] = context.myTeams.flatMap((id) =>
    context.source.scopes.filter((scope) => scope.id === id).map(namedScope),
  );
  return [first, ...others];
}

function one(found: readonly Named[], phrase: NamedPhrase, retry: Retry): Named | undefined {
  const [first, ...others] = found;
  if (first === undefined || others.length === 0) return first;
  const kinds = named(first.kind, found.length);
  throw new Refusal(
    "name_ambiguous",
    `Which '${phrase.name}'?`,
    `There are ${kinds} named '${phrase.name}': ${found
      .map(({ name }) => name)
      .slice(0, 5)
      .join(", ")}.`,
    {
      kind: "not_found",
      suggests: true,
      actions: found.slice(0, 5).map((each) => askButton(retry(each), each.name)),
    },
  );
}

/** Looks a name up: as said with its kind, then as a whole ("checkout agent"), then as a family. */
async function findPhrase(
  context: ResolveContext,
  phrase: NamedPhrase,
  retry: Retry,
): Promise<Named | undefined> {
  const { source } = context;
  const readings: [NamedKind | undefined, string][] = [[kindOfPhrase(phrase), phrase.name]];
  if (phrase.words !== phrase.name) readings.push([undefined, phrase.words]);
  for (const [kind, text] of readings) {
    if (text === "") continue;
    for (const candidate of kind === undefined ? SEARCH_ORDER : [kind]) {
      const found = one(await findExact(source, candidate, text), phrase, retry);
      if (found !== undefined && (kind !== undefined || found.name !== "unattributed"))
        return found;
    }
  }
  if (phrase.of === undefined || phrase.of === "model") return findFamily(source, phrase.name);
  return undefined;
}

function kindOfPhrase(phrase: NamedPhrase): NamedKind | undefined {
  return phrase.of === "person" ? undefined : phrase.of;
}

async function notFound(
  context: ResolveContext,
  phrase: NamedPhrase,
  retry: Retry,
): Promise<Refusal> {
  const kind = kindOfPhrase(phrase);
  const byWord = / (?:by|per) ([^ ]+)$/.exec(phrase.name)?.[1];
  if (byWord !== undefined && dimensionOf(byWord.toLowerCase()) === undefined) {
    return new Refusal(
      "dimension_unknown",
      `'${byWord}' is no dimension`,
      `Spend cannot be broken down by '${byWord}'; it can be by ${DIMENSION_NAMES}.`,
      { actions: [askButton("help all")] },
    );
  }
  const what = kind ?? "team, project, agent, model or other name";
  const near = await findNear(context.source, kind, phrase.name);
  const wider =
    near.length > 0 || kind === undefined
      ? near
      : await findNear(context.source, undefined, phrase.name);
  const parts = phrase.name.split(/ (?:and|or) /i);
  const several = near.length > 1 && parts.length > 1;
  const isShared = (one: Named) => wider.filter(({ name }) => name === one.name).length > 1;
  const said = anyOf(
    wider.map((each) => (isShared(each) ? `${each.kind} ${each.name}` : each.name)),
  );
  const hint = several
    ? `; I answer about one at a time: ${said}`
    : wider.length > 0
      ? `; did you mean ${said}?`
      : ".";
  return new Refusal(
    "name_not_found",
    `No ${kind ?? "such name:"} '${phrase.name}'`,
    `There is no ${what} '${phrase.name}'${hint}`,
    {
      kind: "not_found",
      suggests: wider.length > 0,
      actions:
        wider.length > 0
          ? wider.map((each) => askButton(retry(each), labelOf(each)))
          : [askButton(`top ${kind ?? "team"}`), askButton("help")],
    },
  );
}

function labelOf(each: Named): string {
  return each.kind === "team" ? each.name : spellNamed(each);
}

function needsName(kind: NamedKind): Refusal {
  return new Refusal(
    "name_missing",
    `Which ${kind}?`,
    `Name the ${kind}, for example: ${kind} NAME`,
    {
      actions: [askButton(`top ${kind}`)],
    },
  );
}

export function personRefused(): Refusal {
  return new Refusal(
    "person_detail_refused",
    "Shown to that person alone",
    "What one person spent is shown to that person only, in private.",
    { kind: "forbidden", actions: [askButton("me")], help: "Ask me in private: me" },
  );
}

async function resolvePhrase(
  context: ResolveContext,
  phrase: SubjectPhrase,
  retry: Retry,
): Promise<Named> {
  switch (phrase.kind) {
    case "org":
      return context.org;
    case "my_team":
      return myTeams(context)[0];
    case "me":
      if (context.me !== undefined) return context.me;
      throw personRefused();
    case "named": {
      if (phrase.of === "person") throw personRefused();
      const kind = kindOfPhrase(phrase);
      if (phrase.name === "" && kind !== undefined) throw needsName(kind);
      const found = await findPhrase(context, phrase, retry);
      if (found !== undefined) return found;
      throw await notFound(context, phrase, retry);
    }
  }
}

function conflict(left: Named, right: Named): Refusal {
  return new Refusal(
    "subjects_conflict",
    "One at a time",
    `'${left.said}' and '${right.said}' cannot be asked about together; ask for one, or one by ` +
      "the other.",
    {
      actions: [askButton(spellNamed(left)), askButton(spellNamed(right))],
    },
  );
}

const COMBINED: ReadonlySet<SpendDimension> = new Set([
  "provider",
  "model",
  "key",
  "team",
  "project",
  "agent",
]);

/** Two values of one dimension, or two tags, cannot hold for one charge in our rollups. */
function checkCombination(all: readonly Named[]): void {
  for (const [index, left] of all.entries()) {
    for (const right of all.slice(index + 1)) {
      if (left.kind === "org" || right.kind === "org") continue;
      const bothTags = !COMBINED.has(left.kind) && !COMBINED.has(right.kind);
      if (left.kind === right.kind || bothTags) throw conflict(left, right);
    }
  }
}

/** What else could have been meant by the first phrase: worth a button, not a question back. */
function otherwise(
  context: ResolveContext,
  phrase: SubjectPhrase | undefined,
  main: Named,
): Named[] {
  if (phrase === undefined || phrase.kind === "my_team") {
    return myTeams(context).filter((team) => team.scopeId !== main.scopeId);
  }
  if (phrase.kind !== "named" || phrase.of !== undefined) return [];
  return namesakes(context.source, main, phrase.name);
}

/**
 * Finds what a question names: the first phrase narrowed by the others. Without any, the team of the
 * one who asks. Throws a `Refusal` with buttons for what could have been meant.
 */
export async function resolveSubject(
  context: ResolveContext,
  phrases: readonly SubjectPhrase[],
  retry: (position: number) => Retry,
): Promise<Subject> {
  const all: Named[] = [];
  for (const [position, phrase] of phrases.entries()) {
    all.push(await resolvePhrase(context, phrase, retry(position)));
  }
  checkCombination(all);
  // "we on claude" is about claude: the organisation narrows nothing.
  const telling = all.filter((each) => each.kind !== "org");
  const [main = myTeams(context)[0], ...narrowedBy] = telling.length > 0 ? telling : all;
  const others = all.length < 2 ? otherwise(context, phrases[0], main) : [];
  return combine(main, narrowedBy, others);
}
