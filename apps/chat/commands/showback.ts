import { findChannel } from "#core/org/channel.ts";
import { nextSlot } from "#core/schedule/schedule.ts";
import { Cadence } from "#core/showback/schema.ts";
import { findCadence, findReportTimes, setCadence } from "#core/showback/service.ts";
import { showbackSchedule } from "#core/showback/times.ts";
import { wallClock } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { type SettledSubject, settleBudgetSubject } from "../budgets/budget-subject.ts";
import { requireSetter } from "../budgets/setter.ts";
import type { Command } from "../command.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidDay, saidWeekday } from "../said/said-period.ts";
import {
  claimForm,
  notOursForm,
  pressAccept,
  pressClaim,
  pressDecline,
  pressNotOurs,
} from "../showback/not-ours.ts";
import { showbackPreview } from "../showback/showback-answer.ts";
import { isSilent, loadShowback, subjectOf } from "../showback/showback-report.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";
import type { Press } from "../surface.ts";

interface ShowbackWords {
  /** Undefined: shown; else how often it is wanted. */
  readonly cadence: Cadence | undefined;
  readonly subject: SpendWords;
}

function requireScope({ budget, subject }: SettledSubject): void {
  if (budget.kind === "scope") return;
  throw new Refusal(
    "scope_needed",
    "Ask for a team, project or agent",
    `Showback is for scopes; ${subject.said} is a ${budget.kind}.`,
    { kind: "unprocessable", help: "Write for example: showback payments" },
  );
}

/** When it goes out next and where, or why it does not. */
async function whenSaid(asking: Asking, scopeId: number, cadence: Cadence): Promise<string> {
  const { org, pool, now } = asking;
  if (cadence === "off") return "It is switched off here; switch it on: showback weekly.";
  const channel = await findChannel(pool, { orgId: org.id, scopeId, kind: "weekly_showback" });
  if (channel?.scopeId !== scopeId) {
    return "It is not sent: this scope has no channel. Choose one there: channel here.";
  }
  const schedule = showbackSchedule(cadence, await findReportTimes(pool, org.id));
  if (schedule === undefined) return "It is not sent.";
  const next = wallClock(nextSlot(schedule, org.timeZone, now), org.timeZone);
  const day = `${saidWeekday(next.day)} ${saidDay(next.day)}`;
  return `Sent ${cadence}, next on ${day} at ${next.time.slice(0, 5)}.`;
}

async function show(asking: Asking, settled: SettledSubject): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const chosen = await findCadence(pool, org.id, settled.scopeId);
  const report = await loadShowback(
    { pool, org, now, book: await asking.priceBookOf(org.id) },
    settled.subject,
    chosen === "off" ? "weekly" : chosen,
  );
  const when = await whenSaid(asking, settled.scopeId, chosen);
  if (isSilent(report)) {
    const { said, command } = settled.subject;
    return {
      command: `showback ${command}`,
      title: `${said}: nothing to show`,
      sentence: `${said} spent nothing in its last two periods, so no showback is sent.`,
      notes: [when],
      source: { basis: "metered" },
      actions: [askButton(command)],
    };
  }
  const body = showbackPreview(report, when);
  if (asking.audience.kind !== "person") return body;
  const share = { kind: "share", label: "Share", command: body.command } as const;
  return { ...body, actions: [...(body.actions ?? []), share] };
}

const CADENCE_SAID: Readonly<Record<Cadence, string>> = {
  weekly: "comes every week",
  monthly: "comes once a month, on its first working day",
  off: "is switched off",
};

async function choose(asking: Asking, scopeId: number, cadence: Cadence): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const subject = subjectOf(org, scopeId);
  if (subject === undefined) {
    throw new Refusal("name_not_found", "No longer there", "What this button is about is gone.", {
      kind: "not_found",
      actions: [askButton("showback")],
    });
  }
  const by = requireSetter(asking);
  const changed = await setCadence(pool, { orgId: org.id, scopeId, cadence, by, now });
  const { said, command } = subject;
  return {
    command: `showback ${command}`,
    title: `${said}: showback ${CADENCE_SAID[cadence]}`,
    sentence: `The showback of ${said} ${CADENCE_SAID[cadence]}${changed ? "" : " already"}.`,
    notes: [await whenSaid(asking, scopeId, cadence)],
    source: { basis: "none" },
    actions: [askButton(`showback ${command}`, "Showback")],
  };
}

function press(asking: Asking, { token }: Press): Promise<AnswerBody> {
  const [id = "", wanted] = token.split(":");
  const cadence = Cadence.safeParse(wanted);
  const scopeId = /^\d{1,9}$/.test(id) ? Number(id) : -1;
  if (!cadence.success) {
    throw new Refusal("button_unknown", "That button no longer works", "I do not know it.", {
      kind: "not_found",
      actions: [askButton("showback")],
    });
  }
  return choose(asking, scopeId, cadence.data);
}

export const showback: Command<ShowbackWords> = {
  name: "showback",
  usage: "showback [weekly|monthly|off] [NAME]",
  summary: "What a team's channel is shown every week.",
  examples: [
    ["showback payments", "As its channel would read it now."],
    ["showback monthly payments", "Every month instead of every week."],
    ["showback off payments", "No more of it."],
  ],
  parse: (words, { today }) => {
    // First or last: "showback weekly payments", "showback payments weekly".
    const at = Cadence.safeParse(words[0]?.lower).success ? 0 : words.length - 1;
    const cadence = Cadence.safeParse(words[at]?.lower);
    const rest = cadence.success ? words.filter((_, index) => index !== at) : words;
    return {
      cadence: cadence.success ? cadence.data : undefined,
      subject: readSpendWords(undefined, rest, today),
    };
  },
  async run(asking, { cadence, subject }) {
    const verb = cadence === undefined ? "showback" : `showback ${cadence}`;
    const settled = await settleBudgetSubject(asking, subject, verb);
    requireScope(settled);
    return cadence === undefined ? show(asking, settled) : choose(asking, settled.scopeId, cadence);
  },
  presses: {
    showback_cadence: press,
    not_ours: pressNotOurs,
    dispute_accept: pressAccept,
    dispute_decline: pressDecline,
    dispute_claim: pressClaim,
  },
  forms: { not_ours: notOursForm, dispute_claim: claimForm },
};
