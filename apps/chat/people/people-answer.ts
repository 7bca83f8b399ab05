import { csvLine } from "#core/csv.ts";
import { divideHalfEven, formatUsd, saidUsd, usdDecimal } from "#core/money.ts";
import { addMonths, startOfMonth } from "#core/time.ts";
import { type Asking, auditDetail } from "../asking.ts";
import { wholeUnit } from "../grammar/period-phrase.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidCount } from "../said/said-count.ts";
import { saidPeriod } from "../said/said-period.ts";
import { csvName } from "../spend/csv.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { counted, usd } from "../spend/spend-figures.ts";
import type { SpendQuestion } from "../spend/spend-report.ts";
import { personCells } from "./people-report.ts";
import { COHORT_SIZE, type Cohort, releaseCohorts } from "./release-cohorts.ts";

const OWN = [askButton("me", "My own spend")];

/** Why spend by person is not shown under the organisation's policy. */
function byPersonRefused(asking: Asking): Refusal {
  return new Refusal(
    "person_detail_refused",
    "Spend per person is shown to that person only",
    `${asking.org.name} shows what a person spent to that person alone.`,
    {
      kind: "forbidden",
      help: "Ask for your own: me. aispend.yaml can allow aggregates: privacy.person_detail.",
      actions: OWN,
    },
  );
}

/** Aggregates are made for whole months that are over: overlapping ones could be subtracted. */
function requireMonth(asking: Asking, question: SpendQuestion): void {
  const { asked, subject } = question;
  const lastMonth = `${subject.command} last month by person`;
  const monthIsOver = asked.period.end <= startOfMonth(asking.today);
  if (wholeUnit(asked.whole) === "month" && monthIsOver) return;
  throw new Refusal(
    "person_period_refused",
    "By person only for whole months",
    "Spend by person is added up for whole calendar months that are over, so that no " +
      "difference of two answers reveals one person.",
    { kind: "forbidden", actions: [askButton(lastMonth)] },
  );
}

function requireTeamOrOrg(question: SpendQuestion): number | undefined {
  const { main, narrowedBy } = question.subject;
  const plain = narrowedBy.length === 0 && main.name !== "unattributed";
  if (plain && main.kind === "org") return undefined;
  if (plain && main.kind === "team" && main.scopeId !== undefined) return main.scopeId;
  throw new Refusal(
    "person_subject_refused",
    "By person only for teams",
    "Spend by person is added up for a team or for the organisation, and not narrowed any further.",
    { kind: "forbidden", actions: [askButton("org last month by person")] },
  );
}

function row(name: string, cohort: Cohort): string[] {
  const average = divideHalfEven(cohort.cost, BigInt(cohort.people));
  return [
    name,
    `${cohort.people}`,
    formatUsd(average),
    saidUsd(cohort.cost),
    saidCount(cohort.requests),
  ];
}

function aggregated(
  question: SpendQuestion,
  command: string,
  rows: readonly { name: string; cohort: Cohort }[],
): AnswerBody {
  const { asked, subject } = question;
  const [first] = rows;
  if (first === undefined) throw new Error("an aggregate has at least one cohort");
  const { cohort } = first;
  const average = formatUsd(divideHalfEven(cohort.cost, BigInt(cohort.people)));
  return {
    command,
    title: `${subject.said}, ${asked.said}: ${average} a person on average`,
    sentence:
      `${cohort.people} people of ${first.name} used AI in ${asked.said}, ${average} each on ` +
      "average.",
    table: {
      caption: `Groups of at least ${COHORT_SIZE} people, ${asked.said}`,
      columns: [
        { label: "Team" },
        { label: "People", align: "right" },
        { label: "Average", align: "right" },
        { label: "Cost", align: "right" },
        { label: "Calls", align: "right" },
      ],
      rows: rows.map(({ name, cohort: each }) => row(name, each)),
    },
    notes: [
      "Only calls that name a person are counted. Smaller teams are added together, so that no " +
        "difference of two figures reveals one person.",
    ],
    source: { basis: "metered" },
    actions: [...OWN, { kind: "download", label: "CSV", command }],
    figures: {
      people: counted(BigInt(cohort.people), "people"),
      cost: usd(cohort.cost),
    },
    download: {
      filename: csvName(command, asked.period),
      csv: [
        csvLine(["team", "people", "cost", "calls", "currency"]),
        ...rows.map(({ name, cohort: each }) =>
          csvLine([name, each.people, usdDecimal(each.cost), each.requests, "USD"]),
        ),
      ].join(""),
    },
  };
}

function tooFew(asking: Asking, question: SpendQuestion): Refusal {
  const month = saidPeriod(question.asked.period, asking.today);
  return new Refusal(
    "people_too_few",
    "Too few people",
    `Fewer than ${COHORT_SIZE} people of ${question.subject.said} used AI in ${month}, or the ` +
      "rest would be too few: that would say what one person spent.",
    { kind: "forbidden", actions: [askButton("org last month by person"), ...OWN] },
  );
}

/** "by person" under `aggregated`: cohorts of at least five people, of whole months. */
export async function answerAggregated(
  asking: Asking,
  question: SpendQuestion,
  command: string,
): Promise<AnswerBody> {
  if (asking.org.personDetail === "self") throw byPersonRefused(asking);
  const teamId = requireTeamOrOrg(question);
  requireMonth(asking, question);
  const release = releaseCohorts(await personCells(asking, question.asked.period));
  const nameOf = (id: number) =>
    id === 0
      ? "unattributed"
      : (asking.org.scopes.find((scope) => scope.id === id)?.path ?? `#${id}`);
  const rows =
    teamId === undefined
      ? [
          { name: asking.org.name, cohort: release.everybody },
          ...release.teams.map((cohort) => ({ name: nameOf(cohort.teamIds[0] ?? 0), cohort })),
          // Without a team that stands alone, the others are everybody.
          {
            name: "other teams together",
            cohort: release.teams.length === 0 ? undefined : release.others,
          },
        ]
      : release.teams
          .filter((cohort) => cohort.teamIds[0] === teamId)
          .map((cohort) => ({ name: nameOf(teamId), cohort }));
  const shown = rows.flatMap(({ name, cohort }) =>
    cohort === undefined ? [] : [{ name, cohort }],
  );
  if (shown.length === 0) throw tooFew(asking, question);
  await auditDetail(asking, "person_detail.read", `scope:${teamId ?? 0}`, {
    detail: "aggregated",
    from: question.asked.period.start,
    until: addMonths(question.asked.period.start, 1),
  });
  return aggregated(question, command, sortedByName(shown));
}

/** The whole first, then teams by name: people are not ranked, and neither are their groups. */
function sortedByName<T extends { name: string }>(rows: readonly T[]): T[] {
  const [first, ...others] = rows;
  if (first === undefined) return [];
  return [first, ...others.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))];
}
