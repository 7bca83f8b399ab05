import { Answer } from "#core/answers/schema.ts";
import type { Tx } from "#core/db/db.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { enqueue } from "#core/outbox/service.ts";
import {
  type Conditions,
  decideChargeback,
  endChargeback,
  findChargeback,
  findConditions,
  requestChargeback,
} from "#core/showback/chargeback.ts";
import type { Chargeback } from "#core/showback/schema.ts";
import type { Asking } from "../asking.ts";
import { settleBudgetSubject } from "../budgets/budget-subject.ts";
import { requireSetter } from "../budgets/setter.ts";
import type { Command } from "../command.ts";
import { joined } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { subjectOf } from "../showback/showback-report.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";
import type { Subject } from "../subject.ts";
import type { Press } from "../surface.ts";

interface ChargebackWords {
  readonly to: "on" | "off" | undefined;
  readonly subject: SpendWords;
  readonly reason: string;
}

const REASON = new Set(["because", "reason", "since"]);

function conditionFacts({ coveragePermille, coverageTarget, shownDays, neededDays }: Conditions) {
  const share = `${Math.floor(coveragePermille / 10)}.${coveragePermille % 10}%`;
  return [
    {
      label: "Coverage",
      value: `${share} of last month is tagged, above ${coverageTarget}% needed`,
    },
    {
      label: "Showback",
      value: `sent for ${shownDays} days, ${neededDays} of the last 105 needed`,
    },
  ];
}

async function show(asking: Asking, scopeId: number, subject: Subject): Promise<AnswerBody> {
  const { org, pool, today } = asking;
  const current = await findChargeback(pool, org.id, scopeId);
  const conditions = await findConditions(pool, { orgId: org.id, scopeId, today });
  const { said, command } = subject;
  const state =
    current?.state === "on"
      ? `is on: ${said} is charged for what it spends`
      : current?.state === "requested"
        ? "is asked for and waits for the Accountable of the AI budget"
        : "is off: showback only";
  return {
    command: `chargeback ${command}`,
    title: `${said}: chargeback ${current?.state ?? "off"}`,
    sentence: `Chargeback of ${said} ${state}.`,
    facts: [
      ...conditionFacts(conditions),
      ...(current === undefined ? [] : [{ label: "Reason", value: current.reason }]),
    ],
    notes: [
      ...conditions.missing,
      ...(current === undefined && conditions.missing.length === 0
        ? [`It could be switched on: chargeback ${command} on because REASON`]
        : []),
    ],
    source: { basis: "metered" },
    actions: [askButton(`showback ${command}`, "Showback")],
  };
}

function approvalBody(of: Chargeback, subject: Subject, requester: string): AnswerBody {
  const token = String(of.id);
  return {
    command: `chargeback ${subject.command}`,
    title: `${requester} asks to charge ${subject.said} for what it spends`,
    sentence:
      `${requester} asks to switch on chargeback of ${subject.said}: the Accountable of the AI ` +
      "budget decides.",
    facts: [
      { label: "Reason", value: of.reason },
      {
        label: "Coverage",
        value: `${Math.floor(of.coveragePermille / 10)}.${of.coveragePermille % 10}%`,
      },
      { label: "Showback", value: `sent for ${of.shownDays} days` },
    ],
    source: { basis: "metered" },
    actions: [
      { kind: "press", label: "Approve", verb: "chargeback_approve", token, style: "primary" },
      { kind: "press", label: "Decline", verb: "chargeback_decline", token, style: "danger" },
      askButton(`showback ${subject.command}`, "Showback"),
    ],
  };
}

async function tell(
  tx: Tx,
  asking: Asking,
  of: Chargeback,
  subject: Subject,
  approvers: readonly number[],
): Promise<void> {
  const { org, now } = asking;
  const body = approvalBody(of, subject, org.personName(of.requestedBy));
  for (const { personId, surface, destination } of await listAddresses(tx, org.id, approvers)) {
    await enqueue(
      tx,
      {
        orgId: org.id,
        dedupeKey: `chargeback:${of.id}:${destination}`,
        surface,
        destination,
        kind: "chargeback_approval",
        urgency: "urgent",
        body: Answer.parse({
          ...body,
          audience: { kind: "person", personId },
          demonstration: org.demonstration,
        }),
      },
      now,
    );
  }
}

function decidedBody(subject: Subject, title: string, sentence: string): AnswerBody {
  return {
    command: `chargeback ${subject.command}`,
    title,
    sentence,
    source: { basis: "metered" },
    actions: [askButton(`chargeback ${subject.command}`, "Chargeback")],
  };
}

async function run(asking: Asking, words: ChargebackWords): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const settled = await settleBudgetSubject(asking, words.subject, "chargeback");
  const { subject, scopeId } = settled;
  if (subject.main.kind !== "team") {
    throw new Refusal("team_needed", "Of which team?", "Chargeback is of teams alone.", {
      kind: "unprocessable",
      help: "Write for example: chargeback payments on because external billing",
    });
  }
  if (words.to === undefined) return show(asking, scopeId, subject);
  const by = requireSetter(asking);
  const { said } = subject;
  const of = { orgId: org.id, scopeId, reason: words.reason, by, now };
  if (words.to === "off") {
    const ended = await endChargeback(pool, of);
    return decidedBody(
      subject,
      `${said}: chargeback off`,
      ended
        ? `Chargeback of ${said} is off; showback goes on.`
        : `Chargeback of ${said} was not on.`,
    );
  }
  const made = await requestChargeback(pool, {
    ...of,
    tell: (tx, request, approvers) => tell(tx, asking, request, subject, approvers),
  });
  return made.state === "on"
    ? decidedBody(subject, `${said}: chargeback on`, outcomeSaid(said, true))
    : decidedBody(
        subject,
        `${said}: chargeback asked for`,
        `Chargeback of ${said} waits for the Accountable of the AI budget; until then nothing ` +
          "changes.",
      );
}

async function pressDecision(
  asking: Asking,
  { token }: Press,
  approves: boolean,
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const id = /^\d{1,9}$/.test(token) ? Number(token) : -1;
  const by = requireSetter(asking);
  const outcome = await decideChargeback(pool, {
    ...{ orgId: org.id, id, approves, by, now },
    tell: (tx, decided) => tellDecided(tx, asking, decided),
  });
  const subject = subjectOf(org, outcome.chargeback.scopeId);
  if (subject === undefined) {
    throw new Refusal("name_not_found", "No longer there", "What this button is about is gone.", {
      kind: "not_found",
    });
  }
  const { said } = subject;
  const { state } = outcome.chargeback;
  const title = `${said}: chargeback ${state}`;
  if (outcome.state === "already") {
    const sentence = `Chargeback of ${said} is ${state} already; nothing was changed.`;
    return decidedBody(subject, title, sentence);
  }
  return decidedBody(subject, title, outcomeSaid(said, approves));
}

function outcomeSaid(said: string, approved: boolean): string {
  return approved
    ? `Chargeback of ${said} is on from today: its spend is debited to its cost centre. Charges ` +
        "can be disputed by Not ours."
    : `Chargeback of ${said} is declined; showback goes on.`;
}

/** To the one who asked for it, unless they decided it themselves. */
async function tellDecided(tx: Tx, asking: Asking, decided: Chargeback): Promise<void> {
  const { org, now } = asking;
  const subject = subjectOf(org, decided.scopeId);
  if (subject === undefined || decided.decidedBy === null) return;
  const { said } = subject;
  const by = org.personName(decided.decidedBy);
  const sentence = outcomeSaid(said, decided.state === "on");
  const title = `${said}: chargeback ${decided.state}, decided by ${by}`;
  const body = decidedBody(subject, title, sentence);
  for (const { personId, ...at } of await listAddresses(tx, org.id, [decided.requestedBy])) {
    const { surface, destination } = at;
    await enqueue(
      tx,
      {
        orgId: org.id,
        dedupeKey: `chargeback:${decided.id}:decided`,
        surface,
        destination,
        kind: "chargeback_outcome",
        urgency: "asked",
        body: Answer.parse({
          ...body,
          audience: { kind: "person", personId },
          demonstration: org.demonstration,
        }),
      },
      now,
    );
  }
}

export const chargeback: Command<ChargebackWords> = {
  name: "chargeback",
  usage: "chargeback TEAM [on|off because REASON]",
  summary: "Whether a team is charged, and what it takes.",
  examples: [
    ["chargeback payments", "What is still missing for it."],
    ["chargeback payments on because repeat overspend", "Asks for it."],
    ["chargeback payments off because the owner changed", "Ends it."],
  ],
  parse: (all, { today }) => {
    const at = all.findIndex(({ lower }) => REASON.has(lower));
    const words = at < 0 ? all : all.slice(0, at);
    const to = words.find(({ lower }) => lower === "on" || lower === "off")?.lower;
    return {
      to: to === "on" || to === "off" ? to : undefined,
      subject: readSpendWords(
        undefined,
        words.filter(({ lower }) => lower !== "on" && lower !== "off"),
        today,
      ),
      reason: at < 0 ? "" : joined(all.slice(at + 1)),
    };
  },
  run,
  presses: {
    chargeback_approve: (asking, press) => pressDecision(asking, press, true),
    chargeback_decline: (asking, press) => pressDecision(asking, press, false),
  },
};
