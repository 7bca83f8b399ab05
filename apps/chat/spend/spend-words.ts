import type { SpendDimension } from "#core/ledger/spend-query.ts";
import type { Day } from "#core/time.ts";
import { type Clauses, readClauses } from "../grammar/clauses.ts";
import type { SubjectKind } from "../grammar/dimension-words.ts";
import { type PeriodPhrase, spellPeriod } from "../grammar/period-phrase.ts";
import { readSubject, type SubjectPhrase } from "../grammar/subject-words.ts";
import { joined, type Word } from "../grammar/words.ts";

/** A question about spend as it was typed; names are not looked up yet. */
export interface SpendWords {
  readonly subjects: readonly SubjectPhrase[];
  /** The whole text as one name, for names that hold words of the grammar. */
  readonly wholeName: SubjectPhrase | undefined;
  readonly period: PeriodPhrase | undefined;
  readonly versus: PeriodPhrase | undefined;
  readonly by: SpendDimension | undefined;
}

type NamedKind = Exclude<SubjectKind, "org">;

function namedAs(kind: NamedKind, words: readonly Word[]): SubjectPhrase {
  const name = joined(words);
  return { kind: "named", of: kind, name, words: `${kind} ${name}` };
}

/** What the words after "team" are about; without a name one's own team, or the name is missing. */
function subjectsOf(kind: SubjectKind | undefined, clauses: Clauses): SubjectPhrase[] {
  const [first, ...others] = clauses.subjects;
  const rest = (words: readonly (readonly Word[])[]) =>
    words.map(readSubject).filter((phrase) => phrase !== undefined);
  if (kind === undefined) return rest(clauses.subjects);
  if (kind === "org") return [{ kind: "org" }, ...rest(clauses.subjects)];
  if (first === undefined) return [kind === "team" ? { kind: "my_team" } : namedAs(kind, [])];
  return [namedAs(kind, first), ...rest(others)];
}

export function readSpendWords(
  kind: SubjectKind | undefined,
  words: readonly Word[],
  today: Day,
): SpendWords {
  const clauses = readClauses(words, today);
  const isSplit =
    clauses.subjects.length !== 1 || joined(clauses.subjects[0] ?? []) !== clauses.text;
  const whole = kind === undefined || kind === "org" ? readSubject(words) : namedAs(kind, words);
  return {
    subjects: subjectsOf(kind, clauses),
    wholeName: isSplit && clauses.text !== "" && whole?.kind === "named" ? whole : undefined,
    period: clauses.period,
    versus: clauses.versus,
    by: clauses.by,
  };
}

/** The clauses after the subject, in their canonical order; a period only where one was said. */
export function spellClauses(clauses: Pick<SpendWords, "period" | "versus" | "by">): string {
  return [
    clauses.period === undefined ? "" : ` ${spellPeriod(clauses.period)}`,
    clauses.versus === undefined ? "" : ` vs ${spellPeriod(clauses.versus)}`,
    clauses.by === undefined ? "" : ` by ${clauses.by}`,
  ].join("");
}
