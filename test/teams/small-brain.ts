import type { Brain, Form, Press, Question } from "#apps/chat/surface.ts";
import { Answer, type AnswerInput, type Audience } from "#core/answers/schema.ts";

/** A brain of two commands and one decision, enough to see what a surface does with its answers. */
export interface SmallBrain extends Brain {
  questions: Question[];
  presses: Press[];
  /** When set, the next question or press fails with it. */
  failWith: Error | undefined;
}

export function smallBrain(): SmallBrain {
  const questions: Question[] = [];
  const presses: Press[] = [];
  const decided = new Map<string, string>();
  const brain: SmallBrain = {
    questions,
    presses,
    failWith: undefined,
    async ask(question) {
      throwOnce(brain);
      questions.push(question);
      return answerTo(question);
    },
    async press(press) {
      throwOnce(brain);
      presses.push(press);
      return decide(press, decided);
    },
    async form(name, token, question): Promise<Form | Answer> {
      return name === "budget"
        ? budgetForm(token)
        : reply({ title: "No such form", state: "not_found", audience: question.audience });
    },
    opens(text) {
      return text === "key" ? { form: "key_request", token: "new" } : undefined;
    },
    async home(question) {
      const empty = reply({ title: "Nothing", audience: question.audience });
      return { team: empty, requests: empty, waiting: empty };
    },
  };
  return brain;
}

function throwOnce(brain: SmallBrain): void {
  const error = brain.failWith;
  brain.failWith = undefined;
  if (error !== undefined) throw error;
}

function reply(input: Partial<AnswerInput> & { title: string; audience: Audience }): Answer {
  return Answer.parse({ command: "help", sentence: input.title, ...input });
}

function answerTo(question: Question): Answer {
  const { audience, asker } = question;
  const text = question.text.toLowerCase().replace(/^\/?aispend\s*/, "");
  if (asker.personId === undefined) {
    return reply({ title: "You are not linked yet", command: text, state: "refused", audience });
  }
  if (text === "team payments") return teamPayments(audience);
  if (text === "me") return mine(audience);
  if (text === "request 7") return request(audience);
  if (text === "forecast payments") return forecast(audience);
  if (text === "help") return reply({ title: "Six commands", audience });
  return reply({
    title: `No command '${question.text}'`,
    command: text,
    state: "wrong_usage",
    audience,
  });
}

/** The person reads a line that the room does not. */
export function teamPayments(audience: Audience): Answer {
  return reply({
    command: "team payments",
    title: "payments, 16-22 Nov: $2,914, up $402 (16%)",
    sentence: "payments spent $2,914 in the week of 16 Nov, $402 more than the week before.",
    facts: [
      { label: "Month", value: "$8,310 of $12,000 (69%)" },
      { label: "Likely", value: "$11.2K; 1 chance in 10 above $12.6K" },
      { label: "Owner", value: "@owner" },
    ],
    table: {
      caption: "Top agents",
      columns: [{ label: "Agent" }, { label: "Spend", align: "right" }],
      rows: [
        ["checkout_agent", "$1,204"],
        ["refund_agent", "$980"],
        ["ci-nightly-7", "$730"],
      ],
      omitted: 4,
    },
    chart: {
      kind: "stacked_bar",
      title: "Cost per day",
      unit: "USD",
      categories: ["16 Nov", "17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov"],
      series: [
        { name: "checkout_agent", values: [150, 160, 240, 190, 170, 150, 144] },
        { name: "refund_agent", values: [120, 130, 160, 150, 140, 140, 140] },
        { name: "ci-nightly-7", values: [90, 95, 120, 110, 105, 105, 105] },
      ],
      summary: "Between $360 and $520 a day; the highest was 18 Nov.",
    },
    notes: audience.kind === "person" ? ["Your own part: $41.20"] : [],
    details: ["Input 38% longer since Tuesday", "Calls up 4%"],
    source: { basis: "metered", attributedPercent: "97.0", asOfSaid: "Mon 08:55" },
    actions: [
      { kind: "ask", label: "Why", command: "me" },
      { kind: "share", label: "Share", command: "team payments" },
      { kind: "download", label: "CSV", command: "team payments" },
      { kind: "form", label: "Set budget", form: "budget", token: "b1" },
    ],
    audience,
    demonstration: true,
    download: { filename: "payments.csv", csv: "day,usd\n2026-11-16,360.123456789\n" },
  });
}

function mine(audience: Audience): Answer {
  if (audience.kind !== "person") {
    return reply({ title: "That is for you alone", command: "me", state: "refused", audience });
  }
  return reply({
    command: "me",
    title: "You: $41.20",
    sentence: "You spent $41.20 this month.",
    actions: [{ kind: "share", label: "Share", command: "me" }],
    audience,
  });
}

/** A line of thirty days with the range of a forecast. */
export function forecast(audience: Audience): Answer {
  const days = Array.from({ length: 30 }, (_, index) => index + 1);
  const known = (day: number) => (day <= 22 ? Math.round(360 + 90 * Math.sin(day / 2)) : null);
  return reply({
    command: "forecast payments",
    title: "payments: likely $11.2K this month",
    sentence: "payments is likely to spend $11.2K this month; 1 chance in 10 above $12.6K.",
    chart: {
      kind: "line",
      title: "Cost per day",
      unit: "USD",
      categories: days.map((day) => `2026-11-${String(day).padStart(2, "0")}`),
      series: [{ name: "spend", values: days.map(known) }],
      band: {
        name: "likely",
        low: days.map((day) => (day < 22 ? null : 300 - 4 * (day - 22))),
        high: days.map((day) => (day < 22 ? null : 420 + 6 * (day - 22))),
      },
      summary: "Between $270 and $450 a day until the 22nd; likely $270 to $470 after that.",
    },
    source: { basis: "estimated", asOfSaid: "Mon 08:55" },
    audience,
    demonstration: true,
  });
}

export function request(audience: Audience): Answer {
  return reply({
    command: "request 7",
    title: "A key for payments",
    sentence: "Somebody asks for a key for payments, waiting for its owner.",
    actions: [
      {
        kind: "press",
        label: "Approve",
        verb: "key.approve",
        token: "r7",
        style: "primary",
        confirm: "Approve a cap of $200 a month?",
      },
      { kind: "press", label: "Deny", verb: "key.deny", token: "r7", style: "danger" },
      { kind: "form", label: "Change...", form: "budget", token: "b1" },
    ],
    audience,
  });
}

function decide(press: Press, decided: Map<string, string>): Answer {
  const { audience, asker } = press;
  if (press.verb === "budget.set") {
    return reply({ title: `Budget set to ${press.values.amount}`, audience });
  }
  if (press.verb === "key.reveal") {
    const personId = asker.personId ?? 0;
    return reply({ title: "The key", audience: { kind: "person", personId } });
  }
  if (asker.personId !== 1) {
    return reply({ title: "Only the owner of payments may", state: "refused", audience });
  }
  const before = decided.get(press.token);
  decided.set(press.token, press.verb);
  const title = before === undefined ? "Approved at 14:02" : "Approved already at 14:02";
  return reply({ title, command: "request 7", audience });
}

function budgetForm(token: string): Form {
  return {
    title: "Budget of payments",
    intro: "For each month from now on.",
    verb: "budget.set",
    token,
    submitLabel: "Set",
    fields: [
      { name: "amount", label: "Dollars a month", kind: "money", required: true, initial: "12000" },
      { name: "reason", label: "Reason", kind: "text", required: true, maxLength: 500 },
      {
        name: "scope",
        label: "Team",
        kind: "choice",
        required: true,
        options: [{ value: "payments", label: "payments" }],
      },
    ],
  };
}
