import { Answer, type AnswerInput, type Audience } from "#core/answers/schema.ts";

export const ROOM: Audience = { kind: "room" };
export const PERSON: Audience = { kind: "person", personId: 7 };

const SOURCE = {
  basis: "metered",
  attributedPercent: "97.0",
  asOf: "2026-11-23T07:55:12Z",
  asOfSaid: "Mon 08:55",
} as const;

const DAYS = Array.from({ length: 7 }, (_, index) => `${16 + index} Nov`);
const CSV = "day,cost_usd\n2026-11-16,402.113000001\n2026-11-17,410.5\n";

/** The weekly answer of a team: facts, table, a chart that Slack draws itself, every kind of action. */
export function weekly(audience: Audience): Answer {
  return parse({
    command: "team payments last week",
    title: "payments, 16-22 Nov: $2,914",
    sentence: "payments spent $2,914 from 16 to 22 November, $402 (16%) more than the week before.",
    facts: [
      { label: "Change", value: "up $402 (16%) on 9-15 Nov" },
      { label: "Month", value: "$8,310 of $12,000 (69%), 73% of the month gone" },
      { label: "Likely month end", value: "$11.2K; 1 chance in 10 above $12.6K" },
      { label: "Unit", value: "$0.41 per resolved dispute (target $0.40)" },
      { label: "Unpriced", value: "0 calls" },
      { label: "Owner", value: "Ana Ruiz" },
    ],
    table: {
      caption: "Top agents",
      columns: [
        { label: "Agent" },
        { label: "Cost", align: "right" },
        { label: "Calls", align: "right" },
        { label: "Change", align: "right" },
      ],
      rows: [
        ["checkout-agent", "$1,820", "212,400", "+$310"],
        ["refund-agent", "$761", "88,010", "+$120"],
        ["dispute-tagger", "$333", "41,200", "-$28"],
      ],
      omitted: 2,
    },
    chart: {
      kind: "bar",
      title: "Cost a day",
      unit: "USD",
      categories: DAYS,
      series: [{ name: "Cost", values: [402.11, 410.5, 398.2, 431, 455.6, 405.1, 411.49] }],
      summary: "Between $398 (18 Nov) and $456 (20 Nov) a day.",
    },
    notes: [
      "Why: +$310 checkout-agent input 38% longer since Tue; +$120 more calls; -$28 caching.",
    ],
    details: ["Last lever: promised $95 a week, measured $88.", "Harness cost is not included."],
    source: SOURCE,
    actions: [
      { kind: "ask", label: "Why", command: "why team payments last week" },
      { kind: "ask", label: "Agents", command: "team payments last week by agent" },
      { kind: "share", label: "Share here", command: "team payments last week" },
      { kind: "download", label: "CSV", command: "team payments last week" },
    ],
    audience,
    demonstration: true,
    figures: { total: { amount: "2914.113", unit: "USD" } },
    download: { filename: "payments-last-week.csv", csv: CSV },
  });
}

/** Thirty days of stacked models with a forecast band and a gap: more than Slack draws itself. */
export function monthly(audience: Audience): Answer {
  const days = Array.from({ length: 30 }, (_, index) => `${index + 1} Nov`);
  const wave = (base: number, swing: number) =>
    days.map((_, day) => (day === 11 ? null : base + swing * Math.sin(day / 3)));
  return parse({
    command: "team payments 2026-11",
    title: "payments, November: at least $8,310",
    sentence: "payments spent at least $8,310 in November; 1.4% of the calls have no price.",
    facts: [{ label: "Unpriced", value: "4,120 calls (1.4%), 3.1M tokens" }],
    chart: {
      kind: "stacked_bar",
      title: "Cost a day by model",
      unit: "USD",
      categories: days,
      series: [
        { name: "claude-sonnet-4-5", values: wave(180, 40) },
        { name: "gpt-4o", values: wave(90, 20) },
        { name: "claude-haiku-4-5", values: wave(30, 8) },
      ],
      band: {
        name: "Forecast, 8 of 10 days",
        low: days.map((_, day) => (day < 22 ? null : 230 + day)),
        high: days.map((_, day) => (day < 22 ? null : 330 + 3 * day)),
      },
      summary: "Between $212 and $368 a day; 12 Nov is missing.",
    },
    source: { ...SOURCE, note: "12 Nov has no data yet" },
    actions: [{ kind: "download", label: "CSV", command: "team payments 2026-11" }],
    audience,
    download: { filename: "payments-2026-11.csv", csv: CSV },
  });
}

/** A key request that waits for its owner. */
export function keyRequest(audience: Audience): Answer {
  return parse({
    command: "requests",
    title: "Key for payments, waiting for Ana Ruiz",
    sentence: "Jo Park asks for a key for payments, capped at $200 a month.",
    facts: [
      { label: "Use", value: "nightly dispute tagging, CI job tag-disputes" },
      { label: "Cap", value: "$200 a month, HARD (gateway)" },
    ],
    actions: [
      { kind: "press", label: "Approve", verb: "key.approve", token: "req_1", style: "primary" },
      {
        kind: "press",
        label: "Deny",
        verb: "key.deny",
        token: "req_1",
        style: "danger",
        confirm: "Jo Park is told that you denied it.",
      },
      { kind: "form", label: "Change...", form: "key.change", token: "req_1" },
    ],
    audience,
  });
}

export function refusal(audience: Audience): Answer {
  return parse({
    command: "team paymets",
    state: "not_found",
    title: "No team 'paymets'",
    sentence: "There is no team 'paymets'; did you mean payments?",
    actions: [{ kind: "ask", label: "payments", command: "team payments" }],
    audience,
  });
}

/** Names that try to notify everybody, to link, to format and to break out of a table. */
export function hostile(audience: Audience): Answer {
  return parse({
    command: "team <!channel>",
    title: "<!channel> & <@U999>: $1",
    sentence: "<!everyone> spent $1 on @here | `rm -rf` <script>alert(1)</script> #1 *bold*",
    facts: [{ label: "Owner\nfake: $0", value: "\u001b[31mred\u001b[0m \u202eexe.fdp @octocat" }],
    table: {
      caption: "Agents & <friends>",
      columns: [{ label: "a|b" }, { label: "Cost", align: "right" }],
      rows: [
        ["<!subteam^S1>", ""],
        ["```", "$1"],
        ["支払い", "$2"],
      ],
    },
    source: { basis: "billed", note: "see https://evil.example/ <b>" },
    audience,
  });
}

function parse(input: AnswerInput): Answer {
  return Answer.parse(input);
}
