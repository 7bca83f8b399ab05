import { type Asking, auditDetail } from "../asking.ts";
import { outlookFacts } from "../budgets/outlook-facts.ts";
import { listedName, type NamedScope } from "../names/name-source.ts";
import { answerAggregated } from "../people/people-answer.ts";
import { requireCustomers } from "../sight.ts";
import type { Subject } from "../subject.ts";
import { isLowerBound } from "./at-least.ts";
import { emptyAnswer } from "./empty-answer.ts";
import { guardCustomers, scopeOf } from "./guard-customers.ts";
import { type Spell, settleQuestion, spellSpend } from "./settle-question.ts";
import { type AnswerBody, type Lead, type SpendSetting, spendAnswer } from "./spend-answer.ts";
import { loadSpend, type SpendQuestion, type SpendReport } from "./spend-report.ts";
import type { SpendWords } from "./spend-words.ts";

const LINES_SHOWN = 5;

function names(subject: Subject, kind: "customer" | "person"): boolean {
  return [subject.main, ...subject.narrowedBy].some((named) => named.kind === kind);
}

/** Writes who saw which customer or person; the answer is not given when that fails. */
export async function auditRead(
  asking: Asking,
  subject: Subject,
  by: SpendWords["by"],
): Promise<void> {
  const { dimension } = subject.filter;
  const scope = `scope:${scopeOf(subject)}`;
  if (names(subject, "customer") || by === "customer") {
    await auditDetail(asking, "customer_detail.read", scope, {
      customer: dimension?.name === "customer" ? dimension.valueId : "all",
    });
  }
  if (names(subject, "person")) {
    await auditDetail(asking, "person_detail.read", `person:${dimension?.valueId ?? 0}`, {
      detail: "own",
    });
  }
}

export function ownerName(asking: Asking, subject: Subject): string | undefined {
  const { scopeId } = subject.main;
  if (scopeId === undefined || subject.main.name === "unattributed") return undefined;
  const owner = asking.org.ownerOf(scopeId);
  return owner === undefined ? "nobody yet" : asking.org.personName(owner);
}

export interface SpendStyle {
  readonly linesShown: number;
  readonly lead?: Lead;
  readonly spell: Spell;
}

const PLAIN: SpendStyle = {
  linesShown: LINES_SHOWN,
  spell: spellSpend,
};

/** People by name where the organisation recorded a basis for it; by name, never ranked. */
async function answerByPerson(
  asking: Asking,
  question: SpendQuestion,
  command: string,
): Promise<AnswerBody> {
  const { subject } = question;
  const scopeId = scopeOf(subject);
  if (!asking.sight.namedPeople(scopeId)) return answerAggregated(asking, question, command);
  const report = await loadSpend(asking.pool, asking.org.id, question);
  await auditDetail(asking, "person_detail.read", `scope:${scopeId}`, { detail: "named" });
  if (report.total.lastRecordedAt === undefined) return emptyAnswer(asking, report, command);
  const lines = [...report.lines].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const setting = settingOf(asking, subject, command, lines.length, true);
  return spendAnswer({ ...report, lines }, setting);
}

/** Two agents may have one key: a list tells them apart. */
function withListedNames(scopes: readonly NamedScope[], report: SpendReport): SpendReport {
  if (!["team", "project", "agent"].includes(report.dimension)) return report;
  const lines = report.lines.map((line) => ({
    ...line,
    name: listedName(scopes, line.id, line.name),
  }));
  return { ...report, lines };
}

/** Everything between what was typed about spend and its answer. */
export async function answerSpend(
  asking: Asking,
  words: SpendWords,
  style: SpendStyle = PLAIN,
): Promise<AnswerBody> {
  const guarded = await guardCustomers(asking, words);
  const { question, words: settled } = await settleQuestion(guarded, words, style.spell);
  const { subject } = question;
  const command = style.spell(subject.command, settled);
  const seesDetail = names(subject, "customer") || settled.by === "customer";
  if (seesDetail) requireCustomers(asking.sight, scopeOf(subject));
  if (settled.by === "person") return answerByPerson(asking, question, command);
  const report = withListedNames(
    asking.org.scopes,
    await loadSpend(asking.pool, asking.org.id, question),
  );
  await auditRead(asking, subject, settled.by);
  if (report.total.lastRecordedAt === undefined) return emptyAnswer(asking, report, command);
  const setting = settingOf(asking, subject, command, style.linesShown, seesDetail);
  const isOutlook = style.lead === undefined && report.total.cost > 0n;
  const isBound = isLowerBound(report.total);
  const outlook = isOutlook ? await outlookFacts(asking, subject, question.asked, isBound) : [];
  return spendAnswer(report, { ...setting, outlook }, style.lead);
}

export function settingOf(
  asking: Asking,
  subject: Subject,
  command: string,
  linesShown: number,
  seesDetail: boolean,
): SpendSetting {
  const isPrivate = asking.audience.kind === "person";
  return {
    now: asking.now,
    today: asking.today,
    timeZone: asking.org.timeZone,
    command,
    owner: ownerName(asking, subject),
    linesShown,
    canShare: isPrivate && !seesDetail && !names(subject, "person"),
  };
}
