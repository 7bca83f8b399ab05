import type { Action } from "#core/answers/schema.ts";
import { type LeverOnRecord, listLevers } from "#core/outcomes/lever-record.ts";
import { findLevers } from "#core/outcomes/lever-search.ts";
import type { Asking } from "../asking.ts";
import { type SettledSubject, settleBudgetSubject } from "../budgets/budget-subject.ts";
import type { Command } from "../command.ts";
import { leverAnswer, recordAnswer } from "../levers/lever-answer.ts";
import { pressPromote, pressWithdraw, promoteForm } from "../levers/promote-lever.ts";
import { Refusal } from "../refusal.ts";
import { scopesBelow } from "../scopes-below.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";

interface LeverWords {
  readonly kind: "show" | "record";
  readonly subject: SpendWords;
}

const RECORD_SHOWN = 20;

function requireScope({ budget, subject }: SettledSubject): void {
  if (budget.kind === "scope") return;
  throw new Refusal(
    "scope_needed",
    "Ask for a team, project or agent",
    `Levers are looked for by agent; ${subject.said} is a ${budget.kind}.`,
    { kind: "unprocessable", help: "Write for example: levers payments" },
  );
}

const TAKEN_BACK_AT_MOST = 3;

function takeBackActions(record: readonly LeverOnRecord[]): Action[] {
  return record
    .filter(({ lever }) => lever.endedOn === null && lever.scopeId !== 0)
    .slice(0, TAKEN_BACK_AT_MOST)
    .map(({ lever }) => ({
      kind: "press",
      label: `Take back ${lever.said}`.slice(0, 75),
      verb: "lever_withdraw",
      token: `${lever.scopeId}:${lever.id}`,
      style: "default",
      confirm: "It is no longer measured; what it measured stays on record.",
    }));
}

async function run(asking: Asking, words: LeverWords): Promise<AnswerBody> {
  const settled = await settleBudgetSubject(asking, words.subject, "levers");
  requireScope(settled);
  const { org, pool, today, now } = asking;
  const { said, command, filter } = settled.subject;
  const inside = scopesBelow(org, settled.scopeId);
  const names = new Map(org.scopes.map(({ id, shortName }) => [id, shortName]));
  const promote: Action[] =
    settled.scopeId === 0 || asking.audience.kind === "room"
      ? []
      : [
          {
            kind: "form",
            label: "Put on record...",
            form: "lever_promote",
            token: String(settled.scopeId),
          },
        ];
  const share: Action[] =
    asking.audience.kind === "person"
      ? [{ kind: "share", label: "Share", command: `levers ${command}` }]
      : [];
  const base = {
    said,
    command,
    today,
    record: await listLevers(pool, org.id, inside, RECORD_SHOWN),
    nameOf: (id: number) => names.get(id) ?? `#${id}`,
    actions: [...promote, ...share],
  };
  if (words.kind === "record") {
    const isPrivate = asking.audience.kind === "person";
    const back = isPrivate ? takeBackActions(base.record) : [];
    return recordAnswer({ ...base, actions: [...back, ...base.actions] });
  }
  const search = await findLevers(pool, {
    scope: { orgId: org.id, ...filter },
    today,
    now,
    timeZone: org.timeZone,
    book: await asking.priceBookOf(org.id),
  });
  return leverAnswer({ ...base, search });
}

export const levers: Command<LeverWords> = {
  name: "levers",
  usage: "levers [record] [NAME]",
  summary: "What would save how much, from this ledger.",
  examples: [
    ["levers payments", "What would save how much a week."],
    ["levers record payments", "What was done, and what it saved."],
  ],
  parse: (words, { today }) => {
    const isRecord = words[0]?.lower === "record";
    const rest = isRecord ? words.slice(1) : words;
    return {
      kind: isRecord ? "record" : "show",
      subject: readSpendWords(undefined, rest, today),
    };
  },
  run,
  presses: { lever_promote: pressPromote, lever_withdraw: pressWithdraw },
  forms: { lever_promote: promoteForm },
};
