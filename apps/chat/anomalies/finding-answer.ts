import { projectedPerDay } from "#core/anomalies/finding.ts";
import type { Finding } from "#core/anomalies/schema.ts";
import type { Action, Fact } from "#core/answers/schema.ts";
import { usdDecimal } from "#core/money.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { daysChart, findingChart } from "./finding-chart.ts";
import type { FindingSetting } from "./finding-setting.ts";
import { firstStep, looksLike, saidAbout, saidDate, saidTime, whySaid } from "./finding-words.ts";

const SNOOZE_MINUTES = 240;
/** Of what moves once a day. */
const SNOOZE_DAYS_MINUTES = 3 * 1_440;

/** "OPEN", "RESOLVED 03:20": the state in capitals, as every rendering shows it. */
export function stateSaid(finding: Finding, setting: FindingSetting): string {
  const by = (id: number | undefined) => (id === undefined ? "" : ` by ${setting.personName(id)}`);
  switch (finding.state) {
    case "open":
      return finding.pushedAt === undefined ? "OPEN, listed only" : "OPEN";
    case "acknowledged": {
      const { acknowledgedAt, acknowledgedBy } = finding;
      const since = acknowledgedAt === undefined ? "" : ` ${saidTime(acknowledgedAt, setting)}`;
      return `ACKNOWLEDGED${since}${by(acknowledgedBy)}`;
    }
    case "snoozed":
    case "expected": {
      const until =
        finding.quietUntil === undefined ? "" : ` until ${saidTime(finding.quietUntil, setting)}`;
      return `${finding.state.toUpperCase()}${until}${by(finding.quietedBy)}`;
    }
    case "resolved": {
      const at =
        finding.resolvedAt === undefined ? "" : ` ${saidTime(finding.resolvedAt, setting)}`;
      return `RESOLVED${at}${by(finding.resolvedBy)}`;
    }
  }
}

function extraSaid({ evidence, excess, rate, state }: Finding): string {
  const so = `${evidence.beganEarlier ? "at least " : ""}${saidAbout(excess)}`;
  if (state === "resolved" || evidence.per === "day") return so;
  if (rate === 0n) return `${so}; nothing in the newest hour`;
  return `${so}; ${saidAbout(projectedPerDay(rate))} a day if left`;
}

function mostlySaid({ evidence }: Finding, setting: FindingSetting): string | undefined {
  if (evidence.contributors.length === 0) return undefined;
  return evidence.contributors
    .map((one) => `${Math.round(one.share * 100)}% ${one.kind} ${setting.contributorName(one)}`)
    .join(", ");
}

function ownerSaid({ onCall, owner, where, said }: FindingSetting): string {
  const whose = where ?? said;
  const who = owner === undefined ? `${whose}: nobody yet` : `${whose}: ${owner}`;
  return onCall.length === 0 ? `${who}; nobody on call` : `${who}; on call ${onCall.join(", ")}`;
}

/** Spend that goes on, not spend beyond the usual. */
function isWhole({ class: of }: Finding): boolean {
  return of.endsWith("_key") || of.startsWith("new_") || of === "bypass";
}

function factsOf(finding: Finding, setting: FindingSetting): Fact[] {
  const mostly = mostlySaid(finding, setting);
  const { evidence, label, state } = finding;
  const isOver = state === "resolved";
  const costs = finding.excess > 0n || finding.rate > 0n;
  return [
    { label: "State", value: stateSaid(finding, setting) },
    ...(costs
      ? [
          {
            label: [isWhole(finding) ? "Spent" : "Extra", ...(isOver ? [] : ["so far"])].join(" "),
            value: extraSaid(finding),
          },
        ]
      : []),
    ...(mostly === undefined ? [] : [{ label: "Mostly", value: mostly }]),
    ...evidence.facts,
    ...(setting.blocked === undefined
      ? []
      : [
          {
            label: "Blocked",
            value: `${saidTime(setting.blocked.at, setting)} by ${setting.blocked.by}`,
          },
        ]),
    ...(evidence.concernsTeam
      ? [{ label: "Team", value: "weighs on what the team spends as a whole" }]
      : []),
    ...(state === "resolved" || setting.blocked !== undefined
      ? []
      : [{ label: "First step", value: firstStep(finding, setting) }]),
    ...(label === undefined ? [] : [{ label: "Label", value: "not an anomaly" }]),
    { label: "Owner", value: ownerSaid(setting) },
  ];
}

/** The first action of the class as a button: what can be done here and now. */
function firstActions(finding: Finding, setting: FindingSetting): Action[] {
  const { command, key } = setting;
  switch (finding.class) {
    case "runaway_loop":
    case "ownerless_key":
    case "expired_key":
      return key?.block === undefined ? [] : [askButton(key.block, "Block key...")];
    case "launch":
      return command === undefined ? [] : [askButton(`budget suggest ${command}`, "New budget...")];
    case "spend_jump":
    case "price_change":
    case "model_mix":
    case "token_bloat":
    case "cache_fall":
      return command === undefined ? [] : [askButton(`why ${command}`, "Why")];
    case "new_model":
    case "new_provider":
    case "new_key":
      return command === undefined ? [] : [askButton(command, "Its spend")];
    case "bypass":
    case "reconciliation_drift":
      return [askButton("unattributed", "Unattributed")];
    case "source_quiet":
      return [];
    case "unit_cost_drift":
      return command === undefined ? [] : [askButton(`why ${command}`, "Why")];
  }
}

function pressesOf({ evidence, id, label, state }: Finding): Action[] {
  const token = String(id);
  const isDaily = evidence.per === "day";
  const none: Action = {
    kind: "press",
    label: "Not an anomaly",
    verb: "finding_label",
    token,
    style: "default",
  };
  if (state === "resolved") return label === undefined ? [none] : [];
  const onIt: Action = {
    kind: "press",
    label: "I'm on it",
    verb: "finding_acknowledge",
    token,
    style: "primary",
  };
  const snooze: Action = {
    kind: "press",
    label: isDaily ? "Snooze 3 days" : "Snooze 4 h",
    verb: "finding_snooze",
    token: `${token}|${isDaily ? SNOOZE_DAYS_MINUTES : SNOOZE_MINUTES}`,
    style: "default",
  };
  const expected: Action = { kind: "form", label: "Expected...", form: "finding_expect", token };
  return [
    ...(state === "open" || state === "snoozed" ? [onIt] : []),
    ...(state === "open" || state === "acknowledged" ? [snooze] : []),
    ...(state === "expected" ? [none] : [expected]),
  ];
}

function leadOf(finding: Finding, setting: FindingSetting): { title: string; sentence: string } {
  const { evidence, rate, since, state, excess } = finding;
  const { said } = setting;
  const looks = looksLike(finding);
  const isDaily = evidence.per === "day";
  const at = isDaily ? saidDate(since, setting) : saidTime(since, setting);
  const from = `${evidence.beganEarlier ? "at least " : ""}${at}`;
  const why = whySaid(finding, setting.where);
  if (state === "resolved") {
    const money =
      excess > 0n ? `, ${isWhole(finding) ? "spent" : "extra"} ${saidAbout(excess)}` : "";
    return {
      title: `RESOLVED: ${said}${money}`,
      sentence: `What was found of ${said} is over (${looks}, since ${from})${money}. ${why}.`,
    };
  }
  const calm = rate === 0n && evidence.hours.length > 0 ? "; the newest hour is as usual" : "";
  if (rate <= 0n) {
    const sentence = `${said} stands out since ${from}, ${looks}. ${why}${calm}.`;
    return { title: `${said}: since ${from}, ${looks}`, sentence };
  }
  const cost = isDaily ? `${saidAbout(projectedPerDay(rate))} a day` : `${saidAbout(rate)} an hour`;
  const more = isWhole(finding) ? "" : " more than usual";
  return {
    title: `${said}: ${isWhole(finding) ? "" : "+"}${cost} since ${from}, ${looks}`,
    sentence: `${said} costs ${cost}${more} since ${from}, ${looks}. ${why}.`,
  };
}

/** How it was found; other jobs say in its "why" what they saw. */
function noteOf({ evidence }: Finding): { note?: string } {
  if (evidence.why !== undefined) return {};
  return { note: evidence.detected ? "detector" : "published rule, listed only" };
}

/** A finding as it stands: what is pushed, what edits it in place, and the answer to `anomaly N`. */
export function findingAnswer(finding: Finding, setting: FindingSetting): AnswerBody {
  const { days, hours, per } = finding.evidence;
  const chart = per === "day" ? daysChart(days) : findingChart(hours, setting.timeZone);
  const isDone = finding.state === "resolved" || setting.blocked !== undefined;
  const open = isDone ? [] : firstActions(finding, setting);
  return {
    command: `anomaly ${finding.id}`,
    ...leadOf(finding, setting),
    facts: factsOf(finding, setting),
    ...(chart === undefined ? {} : { chart }),
    source: {
      basis: per === "day" && finding.class !== "unit_cost_drift" ? "billed" : "metered",
      asOf: finding.updatedAt.toISOString(),
      asOfSaid: saidTime(finding.updatedAt, setting),
      ...noteOf(finding),
    },
    actions: [...open, ...pressesOf(finding)],
    figures: {
      excess: { amount: usdDecimal(finding.excess), unit: "USD" },
      ratePerHour: { amount: usdDecimal(finding.rate), unit: "USD" },
    },
  };
}
