import type { Answer } from "#core/answers/schema.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { saidUsd } from "#core/money.ts";
import { addDays, startOfMonth } from "#core/time.ts";
import type { Asking } from "./asking.ts";
import { askButton } from "./refusal.ts";
import { saidShare } from "./said/said-share.ts";
import type { AnswerBody } from "./spend/spend-answer.ts";
import type { Home, Question } from "./surface.ts";

type Asked = Omit<Question, "text">;
type Answered = (work: (asking: Asking) => Promise<AnswerBody>) => Promise<Answer>;

const NO_REQUESTS: AnswerBody = {
  command: "home",
  title: "My requests",
  sentence: "You have asked for nothing that is still open.",
};

/** Above this share of the month's spend, what has no team waits for those who answer for spend. */
const UNATTRIBUTED_PERCENT = 5n;

/** What waits for the one whose home it is: today, spend that nobody has claimed. */
async function waiting(asking: Asking): Promise<AnswerBody> {
  const nothing = { command: "home", title: "Waiting for me", sentence: "Nothing waits for you." };
  if (!asking.sight.customers(0)) return nothing;
  const { pool, org, today } = asking;
  const period = { start: startOfMonth(today), end: addDays(today, 1) };
  const [all, none] = await Promise.all([
    spendTotal(pool, org.id, {}, period),
    spendTotal(pool, org.id, { teamId: 0 }, period),
  ]);
  if (none.cost * 100n <= all.cost * UNATTRIBUTED_PERCENT) return nothing;
  return {
    command: "home",
    title: "Waiting for me: unattributed spend",
    sentence:
      `${saidUsd(none.cost)} of this month's spend (${saidShare(none.cost, all.cost)}) resolves ` +
      "to no team.",
    actions: [askButton("unattributed this month", "Where it came from")],
  };
}

/** The home page of a person. An account that is not linked sees how to link it in each part. */
export async function answerHome(
  asked: Asked,
  ask: (question: Question) => Promise<Answer>,
  answered: Answered,
): Promise<Home> {
  if (asked.asker.personId === undefined && !asked.asker.operator) {
    const team = await ask({ ...asked, text: "whoami" });
    return { team, requests: team, waiting: team };
  }
  const [team, requests, waits] = await Promise.all([
    ask({ ...asked, text: "team" }),
    answered(() => Promise.resolve(NO_REQUESTS)),
    answered(waiting),
  ]);
  return { team, requests, waiting: waits };
}
