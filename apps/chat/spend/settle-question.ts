import { spendBy } from "#core/ledger/spend.ts";
import { addDays, type Period } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { type PeriodPhrase, THIS_MONTH } from "../grammar/period-phrase.ts";
import type { SubjectPhrase } from "../grammar/subject-words.ts";
import { type ResolveContext, resolveSubject } from "../names/resolve-subject.ts";
import { type AskedPeriod, resolvePeriod, resolveVersus } from "../period.ts";
import { Refusal } from "../refusal.ts";
import { saidPeriod } from "../said/said-period.ts";
import { type Named, type Subject, spellNamed } from "../subject.ts";
import type { SpendQuestion } from "./spend-report.ts";
import { type SpendWords, spellClauses } from "./spend-words.ts";

const MY_TEAM_DAYS = 90;

export function organisationOf(asking: Asking): Named {
  return { kind: "org", said: asking.org.name, name: "", filter: {}, scopeId: 0 };
}

/** One's own spend, where the answer is for oneself alone. */
export function myselfOf(asking: Asking): Named | undefined {
  const { personId } = asking.sight;
  if (personId === undefined) return undefined;
  return {
    kind: "person",
    said: "you",
    name: "me",
    filter: { dimension: { name: "person", valueId: personId } },
    scopeId: undefined,
  };
}

/** Where one answers for something, else where one's own calls went in the last 90 days. */
async function myTeams(asking: Asking): Promise<readonly number[]> {
  const { personId } = asking.asker;
  if (personId === undefined) return [];
  const held = asking.org.teamsOf(personId);
  if (held.length > 0) return held;
  const period = { start: addDays(asking.today, 1 - MY_TEAM_DAYS), end: addDays(asking.today, 1) };
  const filter = { dimension: { name: "person" as const, valueId: personId } };
  const lines = await spendBy(asking.pool, asking.org.id, filter, period, "team", 5);
  return lines.filter((line) => line.id !== 0).map((line) => line.id);
}

async function resolveContext(
  asking: Asking,
  phrases: readonly SubjectPhrase[],
): Promise<ResolveContext> {
  const needsTeam = phrases.length === 0 || phrases.some(({ kind }) => kind === "my_team");
  return {
    source: asking.names,
    org: organisationOf(asking),
    myTeams: needsTeam ? await myTeams(asking) : [],
    me: myselfOf(asking),
  };
}

function spellPhrase(phrase: SubjectPhrase): string {
  switch (phrase.kind) {
    case "org":
      return "org";
    case "me":
      return "me";
    case "my_team":
      return "team";
    case "named":
      return phrase.words;
  }
}

/** The canonical command of a question about a subject, itself spelled "team payments". */
export type Spell = (subject: string, words: SpendWords) => string;

export const spellSpend: Spell = (subject, words) => `${subject}${spellClauses(words)}`;

/** The names of a question, looked up; a whole text that is a name wins over its reading in parts. */
export async function settleSubject(
  asking: Asking,
  words: SpendWords,
  spell: Spell = spellSpend,
): Promise<{ subject: Subject; words: SpendWords }> {
  const context = await resolveContext(asking, words.subjects);
  const retry = (position: number) => (named: Named) => {
    const parts = words.subjects.map((phrase, index) =>
      index === position ? spellNamed(named) : spellPhrase(phrase),
    );
    return spell(parts.join(" in "), words);
  };
  try {
    return { subject: await resolveSubject(context, words.subjects, retry), words };
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind !== "not_found") throw error;
    const whole = await wholeName(context, words);
    if (whole === undefined) throw error;
    return whole;
  }
}

async function wholeName(
  context: ResolveContext,
  words: SpendWords,
): Promise<{ subject: Subject; words: SpendWords } | undefined> {
  if (words.wholeName === undefined) return undefined;
  const plain = { ...words, period: undefined, versus: undefined, by: undefined };
  try {
    const retry = () => (named: Named) => spellNamed(named);
    return { subject: await resolveSubject(context, [words.wholeName], retry), words: plain };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Without a period the one that a comparison implies, else this month. */
function impliedPeriod(versus: PeriodPhrase | undefined): PeriodPhrase {
  if (versus?.kind === "calendar" && versus.unit !== "year") return { ...versus, offset: 0 };
  if (versus?.kind === "day" && versus.offset === -1) return { kind: "day", offset: 0 };
  return THIS_MONTH;
}

/** The periods of a question; a comparison is with the like period before unless one was named. */
export function settlePeriods(
  asking: Asking,
  words: Pick<SpendWords, "period" | "versus">,
): { asked: AskedPeriod; compare: Period; compareSaid: string; comparesAsNamed: boolean } {
  const asked = resolvePeriod(words.period ?? impliedPeriod(words.versus), asking.today);
  const compare =
    words.versus === undefined ? asked.before : resolveVersus(asked, words.versus, asking.today);
  return {
    asked,
    compare,
    compareSaid: saidPeriod(compare, asking.today),
    comparesAsNamed: words.versus !== undefined,
  };
}

export async function settleQuestion(
  asking: Asking,
  words: SpendWords,
  spell: Spell = spellSpend,
): Promise<{ question: SpendQuestion; words: SpendWords }> {
  const settled = await settleSubject(asking, words, spell);
  const { by } = settled.words;
  const question = { subject: settled.subject, ...settlePeriods(asking, settled.words), by };
  return { question, words: settled.words };
}
