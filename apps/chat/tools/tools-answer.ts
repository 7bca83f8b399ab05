import type { CodingTool, ToolUse } from "#core/connections/coding-tools.ts";
import { csvLine } from "#core/csv.ts";
import { divideHalfEven, formatUsd, saidUsd, sumNano, usdDecimal } from "#core/money.ts";
import type { Period } from "#core/time.ts";
import { type PersonCell, releaseCohorts } from "../people/release-cohorts.ts";
import { askButton } from "../refusal.ts";
import { saidCount, saidCounted } from "../said/said-count.ts";
import { csvName } from "../spend/csv.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { counted, usd } from "../spend/spend-figures.ts";

const TOOL_SAID: Readonly<Record<CodingTool, string>> = {
  cursor: "Cursor",
  copilot: "GitHub Copilot",
  "claude-code": "Claude Code",
};

/** Fewer seats say of one person whether they work. */
const SEATS_TOLD = 5;

export interface ToolsSetting {
  readonly command: string;
  readonly period: Period;
  readonly said: string;
  /** Whose own use is shown: in private, to that person. */
  readonly personId: number | undefined;
  /** Averages per person: the policy allows them, and the month is whole and over. */
  readonly showsAverages: boolean;
}

interface ToolLine {
  readonly tool: CodingTool;
  readonly seats: number;
  readonly idle: number;
  readonly cost: bigint;
  readonly estimate: bigint;
  readonly sessions: bigint;
  readonly average: { readonly people: number; readonly cost: bigint } | undefined;
}

function linesOf(uses: readonly ToolUse[], showsAverages: boolean): ToolLine[] {
  const tools = [...new Set(uses.map(({ tool }) => tool))];
  const cells = uses.flatMap((use): PersonCell[] => {
    const isUser = use.personId !== 0 && (use.activeDays > 0 || use.cost !== 0n);
    const teamId = tools.indexOf(use.tool);
    return isUser
      ? [{ teamId, personId: use.personId, cost: use.cost, requests: use.sessions }]
      : [];
  });
  const alone = showsAverages ? releaseCohorts(cells).teams : [];
  return tools.map((tool, index) => {
    const own = uses.filter((use) => use.tool === tool);
    const cohort = alone.find(({ teamIds }) => teamIds[0] === index);
    return {
      tool,
      seats: own.reduce((sum, use) => sum + use.seats, 0),
      idle: own.reduce((sum, use) => sum + use.idleSeats, 0),
      cost: sumNano(own.map((use) => use.cost)),
      estimate: sumNano(own.map((use) => use.apiEstimate)),
      sessions: own.reduce((sum, use) => sum + use.sessions, 0n),
      average:
        cohort === undefined
          ? undefined
          : {
              people: cohort.people,
              cost: divideHalfEven(cohort.cost, BigInt(cohort.people)),
            },
    };
  });
}

function saidIdle({ seats, idle }: ToolLine): string {
  return seats < SEATS_TOLD ? "-" : `${idle}`;
}

function saidSeats(seats: number, told: readonly ToolLine[], idle: number): string {
  if (seats === 0) return "no list of their seats is connected";
  if (told.length === 0) return "there are too few seats to say which of them are idle";
  return `of ${seats} seats ${idle} had no use for 30 days`;
}

function row(line: ToolLine): string[] {
  return [
    TOOL_SAID[line.tool],
    `${line.seats}`,
    saidIdle(line),
    saidUsd(line.cost),
    saidCount(line.sessions),
    line.average === undefined ? "-" : `${line.average.people}`,
    line.average === undefined ? "-" : formatUsd(line.average.cost),
  ];
}

function ownFacts(uses: readonly ToolUse[], personId: number | undefined) {
  if (personId === undefined) return [];
  return uses
    .filter((use) => use.personId === personId)
    .map((use) => ({
      label: `You, ${TOOL_SAID[use.tool]}`,
      value: [
        saidUsd(use.cost),
        `${saidCounted(BigInt(use.activeDays), "active day")}`,
        saidCounted(use.sessions, "session"),
        ...(use.idleSeats > 0 ? ["your seat is idle"] : []),
      ].join(", "),
    }));
}

/** Coding tools in one rollup: seats, use and spend of each, and what is one's own. Pure. */
export function toolsAnswer(uses: readonly ToolUse[], setting: ToolsSetting): AnswerBody {
  const { command, said, period } = setting;
  const lines = linesOf(uses, setting.showsAverages);
  const total = sumNano(lines.map(({ cost }) => cost));
  const seats = lines.reduce((sum, line) => sum + line.seats, 0);
  const told = lines.filter((line) => line.seats >= SEATS_TOLD);
  const idle = told.reduce((sum, line) => sum + line.idle, 0);
  if (lines.length === 0) return noTools(command, said);
  return {
    command,
    title: `Coding tools, ${said}: ${saidUsd(total)}, ${saidCounted(BigInt(seats), "seat")}`,
    sentence: `Coding tools cost ${saidUsd(total)} in ${said}; ${saidSeats(seats, told, idle)}.`,
    facts: ownFacts(uses, setting.personId),
    table: {
      caption: `Coding tools, ${said}`,
      columns: [
        { label: "Tool" },
        ...["Seats", "Idle", "Spend", "Sessions", "People", "Average"].map((label) => ({
          label,
          align: "right" as const,
        })),
      ],
      rows: lines.map(row),
      omitted: 0,
    },
    notes: [
      ...(lines.some(({ estimate }) => estimate !== 0n)
        ? [
            `${saidUsd(sumNano(lines.map(({ estimate }) => estimate)))} more went through keys ` +
              "by the tools' own estimate; it is on those keys' bills and in no total here.",
          ]
        : []),
      "Averages cover at least five people, over whole months that are over.",
    ],
    source: { basis: "billed" },
    actions: [
      askButton("tools last month", "Last month"),
      { kind: "download", label: "CSV", command },
    ],
    figures: { cost: usd(total), seats: counted(BigInt(seats), "seats") },
    download: {
      filename: csvName("tools", period),
      csv: [
        csvLine([
          "tool",
          "seats",
          "idle_seats",
          "cost",
          "sessions",
          "people",
          "average",
          "currency",
        ]),
        ...lines.map((line) =>
          csvLine([
            ...[line.tool, line.seats, saidIdle(line), usdDecimal(line.cost), line.sessions],
            line.average?.people ?? null,
            line.average === undefined ? null : usdDecimal(line.average.cost),
            "USD",
          ]),
        ),
      ].join(""),
    },
  };
}

/** By name, never ranked: where the organisation recorded a basis for it. */
export function toolsByPerson(
  uses: readonly ToolUse[],
  setting: ToolsSetting,
  nameOf: (personId: number) => string,
): AnswerBody {
  const { command, said, period } = setting;
  const named = uses
    .map((use) => ({ use, name: use.personId === 0 ? "no person" : nameOf(use.personId) }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (named.length === 0) return noTools(command, said);
  return {
    command,
    title: `Coding tools by person, ${said}`,
    sentence: `${named.length} people and tools in ${said}, by name and not ranked.`,
    table: {
      caption: `By person, ${said}`,
      columns: [
        { label: "Person" },
        { label: "Tool" },
        ...["Seat", "Spend", "Active days", "Sessions"].map((label) => ({
          label,
          align: "right" as const,
        })),
      ],
      rows: named.map(({ use, name }) => [
        name,
        TOOL_SAID[use.tool],
        use.seats === 0 ? "-" : use.idleSeats > 0 ? "idle" : "in use",
        saidUsd(use.cost),
        `${use.activeDays}`,
        saidCount(use.sessions),
      ]),
      omitted: 0,
    },
    source: { basis: "billed" },
    actions: [{ kind: "download", label: "CSV", command }],
    download: {
      filename: csvName("tools-by-person", period),
      csv: [
        csvLine(["person", "tool", "seats", "idle_seats", "cost", "active_days", "sessions"]),
        ...named.map(({ use, name }) =>
          csvLine([
            ...[name, use.tool, use.seats, use.idleSeats, usdDecimal(use.cost)],
            ...[use.activeDays, use.sessions],
          ]),
        ),
      ].join(""),
    },
  };
}

function noTools(command: string, said: string): AnswerBody {
  return {
    command,
    title: `Coding tools, ${said}: none connected`,
    sentence: "No coding tool is connected, so there is nothing to show.",
    notes: [
      "Connect one: aispend connect cursor, aispend connect copilot, aispend connect anthropic.",
    ],
    source: { basis: "none" },
  };
}
