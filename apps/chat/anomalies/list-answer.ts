import type { Finding } from "#core/anomalies/schema.ts";
import { findWatchedUntil, listFindings } from "#core/anomalies/service.ts";
import { saidUsd, usdDecimal } from "#core/money.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidCounted } from "../said/said-count.ts";
import { organisationOf, settleSubject } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { combine, type Subject } from "../subject.ts";
import type { ListWords } from "./anomaly-words.ts";
import { stateSaid } from "./finding-answer.ts";
import { type FindingSetting, settingOf } from "./finding-setting.ts";
import { CLASS_SAID, looksLike, saidDate, saidTime } from "./finding-words.ts";

const DAY_MS = 86_400_000;
const RESOLVED_DAYS = { short: 7, all: 30 };
const ROWS = 20;
const BUTTONS = 5;

/** The scope and all that lies in it; undefined: everything. Throws for what findings are not of. */
function scopesOf(asking: Asking, subject: Subject): readonly number[] | undefined {
  const { main, narrowedBy } = subject;
  if (main.kind === "org" && narrowedBy.length === 0) return undefined;
  const scope = asking.org.scopes.find(({ id }) => id === main.scopeId);
  if (scope === undefined || narrowedBy.length > 0) {
    throw new Refusal(
      "anomalies_subject_unknown",
      "Findings are kept by scope",
      `Ask for the findings of a team, a project, an agent or all, not of ${subject.said}.`,
      { kind: "unprocessable", actions: [askButton("anomalies"), askButton("help")] },
    );
  }
  const inside = asking.org.scopes.filter(
    ({ path }) => path === scope.path || path.startsWith(`${scope.path}/`),
  );
  return inside.map(({ id }) => id);
}

interface Line {
  readonly finding: Finding;
  readonly setting: FindingSetting;
}

function sinceSaid({ evidence, since }: Finding, setting: FindingSetting): string {
  const at = evidence.per === "day" ? saidDate(since, setting) : saidTime(since, setting);
  return evidence.beganEarlier ? `${at} or earlier` : at;
}

function rowOf({ finding, setting }: Line): string[] {
  const { class: of, excess, id, rate } = finding;
  return [
    `${id}`,
    stateSaid(finding, setting),
    setting.where === undefined ? setting.said : `${setting.said} (${setting.where})`,
    CLASS_SAID[of],
    sinceSaid(finding, setting),
    rate > 0n ? saidUsd(rate) : "-",
    excess > 0n ? saidUsd(excess) : "-",
  ];
}

function csvOf(lines: readonly Line[]): string {
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = lines.map(({ finding, setting }) =>
    [
      String(finding.id),
      finding.class,
      finding.state,
      finding.pushedAt === undefined ? "listed" : "told",
      setting.said,
      finding.since.toISOString(),
      finding.lastSeenAt.toISOString(),
      usdDecimal(finding.rate),
      usdDecimal(finding.excess),
      finding.label ?? "",
    ]
      .map(quoted)
      .join(","),
  );
  const head =
    "id,class,state,told,subject,since,last_seen,excess_usd_per_hour,excess_usd_so_far,label";
  return `${[head, ...rows].join("\n")}\n`;
}

function tableOf(lines: readonly Line[]) {
  return {
    caption: "Dearest hour first; what is over last",
    columns: [
      { label: "No.", align: "right" as const },
      { label: "State" },
      { label: "Where" },
      { label: "What" },
      { label: "Since" },
      { label: "An hour", align: "right" as const },
      { label: "So far", align: "right" as const },
    ],
    rows: lines.slice(0, ROWS).map(rowOf),
    omitted: Math.max(0, lines.length - ROWS),
  };
}

function leadOf(said: string, lines: readonly Line[], watched: string | undefined) {
  const open = lines.filter(({ finding }) => finding.state !== "resolved");
  const rate = open.reduce((sum, { finding }) => sum + finding.rate, 0n);
  const until = watched === undefined ? "" : ` Hours are judged up to ${watched}.`;
  if (watched === undefined && lines.length === 0) {
    return {
      title: `${said}: nothing judged yet`,
      sentence: "The first hour is judged ten minutes after it is over; ask again then.",
    };
  }
  if (open.length === 0) {
    return {
      title: `${said}: nothing unusual now`,
      sentence: `Nothing stands out in ${said} at the moment.${until}`,
    };
  }
  const [first] = open;
  const hourly =
    first === undefined || first.finding.rate === 0n
      ? ""
      : `${saidUsd(first.finding.rate)} an hour`;
  const count = saidCounted(BigInt(open.length), "finding");
  const title = `${said}: ${count} open`;
  if (first !== undefined && open.length === 1) {
    const what = [first.setting.said, hourly, looksLike(first.finding)].filter(Boolean).join(", ");
    return { title, sentence: `${count} is not over in ${said}: ${what}.${until}` };
  }
  const dearest = hourly === "" ? "" : `, the dearest ${first?.setting.said} at ${hourly}`;
  return {
    title,
    sentence:
      `${count} are not over in ${said}, ${saidUsd(rate)} an hour in all` + `${dearest}.${until}`,
  };
}

/** Findings of a scope and all below it, with their states: pushed and merely listed alike. */
export async function listAnswer(asking: Asking, words: ListWords): Promise<AnswerBody> {
  const { now, org, pool } = asking;
  const subject =
    words.subject === undefined
      ? combine(organisationOf(asking), [])
      : (await settleSubject(asking, words.subject, (said) => `anomalies ${said}`)).subject;
  const scopeIds = scopesOf(asking, subject);
  const days = words.all ? RESOLVED_DAYS.all : RESOLVED_DAYS.short;
  const found = await listFindings(pool, org.id, {
    scopeIds,
    seenSince: new Date(now.getTime() - days * DAY_MS),
    limit: 200,
  });
  const lines: Line[] = [];
  for (const finding of found) {
    lines.push({ finding, setting: await settingOf(pool, org, finding, now, true) });
  }
  const until = await findWatchedUntil(pool, org.id);
  const watched = until && saidTime(until, { now, timeZone: org.timeZone });
  const open = found.filter(({ state }) => state !== "resolved");
  const spelled = subject.main.kind === "org" ? "anomalies" : `anomalies ${subject.command}`;
  const command = words.all ? `${spelled} all` : spelled;
  const said = subject.main.kind === "org" ? org.name : subject.said;
  return {
    command,
    ...leadOf(said, lines, watched),
    ...(lines.length === 0 ? {} : { table: tableOf(lines) }),
    notes: words.all ? [] : ["What was resolved stays here for a week, with 'all' for 30 days."],
    source: {
      basis: "metered",
      ...(until === undefined ? {} : { asOf: until.toISOString(), asOfSaid: watched }),
    },
    actions: [
      ...found.slice(0, BUTTONS).map(({ id }) => askButton(`anomaly ${id}`, `No. ${id}`)),
      ...(words.all ? [] : [askButton(`${spelled} all`, "30 days")]),
      ...(lines.length === 0 ? [] : [{ kind: "download" as const, label: "CSV", command }]),
      ...(asking.audience.kind === "person"
        ? [{ kind: "share" as const, label: "Share", command }]
        : []),
    ],
    figures: {
      open: { amount: String(open.length), unit: "findings" },
      ratePerHour: {
        amount: usdDecimal(open.reduce((sum, { rate }) => sum + rate, 0n)),
        unit: "USD",
      },
    },
    download: { filename: "anomalies.csv", csv: csvOf(lines) },
  };
}
