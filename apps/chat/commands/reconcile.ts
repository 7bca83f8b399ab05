import { reconcile as compareBills, settledBefore } from "#core/ledger/reconcile-period.ts";
import { may } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import { utcDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { readClauses } from "../grammar/clauses.ts";
import { type PeriodPhrase, spellPeriod } from "../grammar/period-phrase.ts";
import { joined } from "../grammar/words.ts";
import { resolvePeriod } from "../period.ts";
import { reconcileAnswer } from "../reconcile/reconcile-answer.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

interface ReconcileWords {
  readonly period: PeriodPhrase;
  readonly account: string | undefined;
}

const LAST_MONTH: PeriodPhrase = { kind: "calendar", unit: "month", offset: -1 };

/** Bills name accounts and every key: for those who answer for the organisation. */
async function requireSight({ asker, org, now, pool, sight }: Asking): Promise<void> {
  if (sight.isOperator) return;
  const question = { action: "see_inventory", scopeId: 0, now } as const;
  const personId = sight.isRoom ? undefined : asker.personId;
  if (personId !== undefined && may(await loadRoster(pool, org.id), personId, question).allowed) {
    return;
  }
  throw new Refusal(
    "not_permitted",
    "Bills are not shown here",
    "Bills are shown, in private, to those who answer for the organisation.",
    { kind: "forbidden", help: "See who that is: owners org", actions: [askButton("owners org")] },
  );
}

async function run(asking: Asking, words: ReconcileWords): Promise<AnswerBody> {
  await requireSight(asking);
  const { account, period: phrase } = words;
  const asked = resolvePeriod(phrase, asking.today);
  const found = await compareBills(asking.pool, {
    orgId: asking.org.id,
    period: asked.period,
    before: settledBefore(utcDay(asking.now)),
    ...(account === undefined ? {} : { account }),
  });
  const ofAccount = account === undefined ? "" : ` account ${account}`;
  return reconcileAnswer(found, {
    command: `reconcile ${spellPeriod(phrase)}${ofAccount}`,
    said: asked.said,
    account,
  });
}

export const reconcile: Command<ReconcileWords> = {
  name: "reconcile",
  usage: "reconcile [PERIOD] [account NAME]",
  summary: "Bills beside what was metered, and why not.",
  parse: (words, { today }) => {
    const at = words.findIndex(({ lower }) => lower === "account");
    const { period } = readClauses(at < 0 ? words : words.slice(0, at), today);
    const account = at < 0 ? "" : joined(words.slice(at + 1));
    return { period: period ?? LAST_MONTH, account: account === "" ? undefined : account };
  },
  run,
};
