import type { Answer } from "#core/answers/schema.ts";
import { listToDecide } from "#core/budgets/decide.ts";
import { findKey } from "#core/keys/lookup.ts";
import { listRequestsOf } from "#core/keys/request-service.ts";
import type { KeyRequest, VirtualKey } from "#core/keys/schema.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { saidUsd } from "#core/money.ts";
import { addDays, startOfMonth } from "#core/time.ts";
import type { Asking } from "./asking.ts";
import { REQUEST_BUTTON, waitingFor } from "./keys/list-keys.ts";
import { askButton } from "./refusal.ts";
import { saidShare } from "./said/said-share.ts";
import type { AnswerBody } from "./spend/spend-answer.ts";
import type { Home, Question } from "./surface.ts";

type Asked = Omit<Question, "text">;
type Answered = (work: (asking: Asking) => Promise<AnswerBody>) => Promise<Answer>;

/** What the one whose home it is asked for, and the button to ask for a key. */
async function ownRequests(asking: Asking): Promise<AnswerBody> {
  const { asker, org, pool } = asking;
  const all = await listRequestsOf(pool, org.id, asker.personId ?? 0, 20);
  const open = all.filter(({ state }) => state === "pending");
  const reveal = await unrevealed(asking, all);
  const names = open.map(({ name }) => name).join(", ");
  return {
    command: "home",
    title: "My requests",
    sentence:
      open.length === 0
        ? "You have asked for nothing that is still open."
        : `Waiting for a decision: ${names}.`,
    notes: reveal.map((key) => `${key.name} is approved: reveal its secret, once.`),
    actions: [
      ...reveal.map(
        ({ id, name }) =>
          ({
            kind: "form",
            label: `Reveal ${name}`.slice(0, 75),
            form: "key_reveal",
            token: String(id),
          }) as const,
      ),
      ...open.slice(0, 3).map(({ id, name }) => askButton(`key request ${id}`, name)),
      REQUEST_BUTTON,
    ],
  };
}

async function unrevealed(
  { pool, org }: Asking,
  all: readonly KeyRequest[],
): Promise<VirtualKey[]> {
  const granted = all.filter(({ state, kind }) => state === "approved" && kind === "issue");
  const found = await Promise.all(granted.map(({ keyId }) => findKey(pool, org.id, keyId ?? 0)));
  return found.flatMap((key) => (key?.state === "approved" ? [key] : [])).slice(0, 3);
}

/** Budgets that wait for this second approver; undefined: none. */
async function budgetsToDecide({ asker, now, org, pool }: Asking): Promise<AnswerBody | undefined> {
  const personId = asker.personId ?? 0;
  const decide = await listToDecide(pool, { orgId: org.id, personId, now });
  if (decide.length === 0) return undefined;
  const count = decide.length === 1 ? "1 budget" : `${decide.length} budgets`;
  return {
    command: "home",
    title: `Waiting for me: ${count}`,
    sentence: `${count} to decide as the second approver.`,
    actions: decide.slice(0, 4).flatMap(({ subject }) => {
      const scope = org.scopes.find(({ id }) => id === subject.id);
      if (subject.kind !== "scope") return [];
      const command = scope === undefined ? "org" : `${scope.kind} ${scope.path}`;
      return [askButton(`budget ${command}`, scope?.shortName ?? org.name)];
    }),
  };
}

/** Above this share of the month's spend, what has no team waits for those who answer for spend. */
const UNATTRIBUTED_PERCENT = 5n;

/** What waits for the one whose home it is: requests to decide, else spend that nobody has claimed. */
async function waiting(asking: Asking): Promise<AnswerBody> {
  const decide = await waitingFor(asking, asking.asker.personId ?? 0);
  if (decide.length === 0) return (await budgetsToDecide(asking)) ?? unclaimed(asking);
  const count = decide.length === 1 ? "1 request" : `${decide.length} requests`;
  return {
    command: "home",
    title: `Waiting for me: ${count} for keys`,
    sentence: `${count} for keys to decide: ${decide
      .map(({ name }) => name)
      .slice(0, 5)
      .join(", ")}.`,
    actions: decide.slice(0, 4).map(({ id, name }) => askButton(`key request ${id}`, name)),
  };
}

async function unclaimed(asking: Asking): Promise<AnswerBody> {
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
    answered(ownRequests),
    answered(waiting),
  ]);
  return { team, requests, waiting: waits };
}
