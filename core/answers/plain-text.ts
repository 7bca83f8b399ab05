import { plainLine } from "./plain-line.ts";
import { omittedLine, tableLines } from "./plain-table.ts";
import type { Answer, Chart, Table } from "./schema.ts";
import { sourceLine } from "./source-line.ts";

/**
 * An Answer for a terminal, or for a chat client that refuses anything richer: the sentence first,
 * then what it rests on. Lines carry no escape sequences and end with a line feed.
 */
export function plainText(answer: Answer): string {
  const sentence = plainLine(answer.sentence);
  const title = plainLine(answer.title);
  const paragraphs = [
    [sentence],
    title === sentence ? [] : [title, ...facts(answer)],
    title === sentence ? facts(answer) : [],
    answer.notes.map(plainLine),
    answer.table === undefined ? [] : table(answer.table),
    answer.chart === undefined ? [] : chartLines(answer.chart),
    answer.details.map(plainLine),
    asks(answer),
    [sourceLine(answer) ?? ""],
  ];
  const written = paragraphs
    .map((lines) => lines.filter((line) => line !== "").join("\n"))
    .filter((paragraph) => paragraph !== "");
  return `${written.join("\n\n")}\n`;
}

function facts(answer: Answer): string[] {
  const labels = answer.facts.map((fact) => plainLine(fact.label));
  const width = Math.min(32, Math.max(0, ...labels.map((label) => label.length)));
  return answer.facts.map(
    (fact, index) => `  ${(labels[index] ?? "").padEnd(width)}  ${plainLine(fact.value)}`,
  );
}

function table(shown: Table): string[] {
  const omitted = omittedLine(shown.omitted);
  return [
    plainLine(shown.caption),
    ...tableLines(shown),
    ...(omitted === undefined ? [] : [omitted]),
  ];
}

const BARS = "▁▂▃▄▅▆▇█";
const SERIES_MAX = 6;
const POINTS_MAX = 62;

/** The chart in words, under one line of small bars for each series; a gap where a value is unknown. */
export function chartLines(chart: Chart): string[] {
  const drawn =
    chart.categories.length > POINTS_MAX
      ? []
      : chart.series.slice(0, SERIES_MAX).map((series) => {
          const bars = sparkline(series.values.slice(0, POINTS_MAX));
          return `${bars}  ${plainLine(series.name)}`;
        });
  return [plainLine(chart.title), ...drawn, plainLine(chart.summary)];
}

function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const top = Math.max(0, ...known);
  const bottom = Math.min(0, ...known);
  return values
    .map((value) => {
      if (value === null) return " ";
      const height = top === bottom ? 0 : (value - bottom) / (top - bottom);
      return BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))] ?? " ";
    })
    .join("");
}

function asks(answer: Answer): string[] {
  const commands = answer.actions.flatMap((action) =>
    action.kind === "ask" ? [`  ${plainLine(action.command)}`] : [],
  );
  return commands.length === 0 ? [] : ["Ask next:", ...commands];
}
