import { AispendError } from "#core/errors.ts";
import type { Command } from "../command.ts";
import { joined } from "../grammar/words.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

type Described = Pick<Command<unknown>, "name" | "usage" | "summary" | "isFirst" | "examples">;

const PERIODS =
  "Periods: today, yesterday, this or last week, month, quarter, year; last 14 days; 2026-09; " +
  "2026-09-01..2026-09-15 (its last day is counted). Without one: this month.";
const CLAUSES =
  "by DIMENSION breaks it down; vs PERIOD compares, without it with the like period before; on " +
  "NAME or in NAME narrows it.";
const DIMENSIONS =
  "Dimensions: team, project, agent, provider, model, key, workflow, product, customer, " +
  "person, feature, environment.";

function list(commands: readonly Described[], caption: string) {
  return {
    caption,
    columns: [{ label: "Ask" }, { label: "What you get" }],
    rows: commands.map(({ usage, summary }) => [usage, summary]),
  };
}

function overview(commands: readonly Described[], isAll: boolean): AnswerBody {
  const shown = isAll ? commands : commands.filter(({ isFirst }) => isFirst === true);
  return {
    command: isAll ? "help all" : "help",
    title: isAll ? "Everything you can ask" : "What you can ask",
    sentence:
      "Ask what a team, project, agent, model or anything else spends on AI, in these or in " +
      "your own words.",
    table: list(shown, isAll ? "All commands" : "The first six"),
    notes: [
      "Or in plain words: how much did payments spend on claude last week?",
      ...(isAll
        ? [
            CLAUSES,
            PERIODS,
            DIMENSIONS,
            'A name with spaces or odd signs goes in quotes: workflow "Support copilot"',
          ]
        : []),
    ],
    actions: isAll
      ? [askButton("team", "My team")]
      : [askButton("team", "My team"), askButton("org"), askButton("help all", "All commands")],
  };
}

function topic(command: Described): AnswerBody {
  const { examples = [] } = command;
  return {
    command: `help ${command.name}`,
    title: command.usage,
    sentence: `${command.usage}: ${command.summary}`,
    ...(examples.length === 0
      ? {}
      : {
          table: {
            caption: "For example",
            columns: [{ label: "Ask" }, { label: "What you get" }],
            rows: examples.map(([ask, does]) => [ask, does]),
          },
        }),
    notes: [
      ...(command.usage.includes("[by ...]") ? [CLAUSES] : []),
      ...(command.usage.includes("PERIOD") ? [PERIODS] : []),
      ...(/DIMENSION|\[by/.test(command.usage) ? [DIMENSIONS] : []),
    ],
    actions: [askButton("help all", "All commands")],
  };
}

/** Help needs the list that it is itself a part of. */
export function helpCommand(commands: () => readonly Described[]): Command<string> {
  return {
    name: "help",
    usage: "help [all | COMMAND]",
    summary: "The first six commands, all, or one.",
    isOpen: true,
    parse: (words) => joined(words).toLowerCase(),
    async run(_asking, about) {
      if (about === "" || about === "all") return overview(commands(), about === "all");
      const found = commands().find(({ name }) => name === about.split(" ")[0]);
      if (found !== undefined) return topic(found);
      throw new AispendError("command_unknown", `there is no command '${about}'`, {
        kind: "not_found",
        help: "See them all: help all",
      });
    },
  };
}
