import { omittedLine } from "#core/answers/plain-table.ts";
import type { Answer, Table } from "#core/answers/schema.ts";
import { sourceLine } from "#core/answers/source-line.ts";
import { actionElements, type CardPlace } from "./action.ts";
import {
  type AdaptiveCard,
  adaptiveCard,
  type CardElement,
  cardBytes,
  cardText,
  textLine,
  textTable,
} from "./card.ts";
import { chartElement } from "./chart.ts";

/** Teams takes about 100 KB in UTF-16, older clients and gateways 28 KB. */
export const CARD_BYTES_MAX = 25_000;

const TITLE_MAX = 200;
const SENTENCE_MAX = 600;
const LINE_MAX = 500;
const CELL_MAX = 80;

/** How much of an Answer is drawn. */
interface Shown {
  details: number;
  rows: number;
  charts: number;
  notes: number;
  facts: number;
  actions: number;
}

/** What is given up first when a card would be too large; title and sentence stay. */
const GIVEN_UP = ["details", "rows", "charts", "notes", "facts", "actions"] as const;

/** An Answer as an Adaptive Card of at most `CARD_BYTES_MAX` bytes; what was left out is said. */
export function renderAnswer(answer: Answer, place: CardPlace): AdaptiveCard {
  let shown: Shown = {
    details: Math.min(answer.details.length, 40),
    rows: Math.min(answer.table?.rows.length ?? 0, 25),
    charts: answer.chart === undefined ? 0 : 1,
    notes: Math.min(answer.notes.length, 12),
    facts: Math.min(answer.facts.length, 15),
    actions: answer.actions.length,
  };
  let card = draw(answer, shown, place);
  for (const part of GIVEN_UP) {
    while (cardBytes(card) > CARD_BYTES_MAX && shown[part] > 0) {
      shown = { ...shown, [part]: Math.floor(shown[part] / 2) };
      card = draw(answer, shown, place);
    }
  }
  return card;
}

function draw(answer: Answer, shown: Shown, place: CardPlace): AdaptiveCard {
  const title = cardText(answer.title, TITLE_MAX);
  const sentence = cardText(answer.sentence, SENTENCE_MAX);
  const details = detailLines(answer, shown);
  const body = [
    textLine(title, { size: "Large", weight: "Bolder" }),
    ...(sentence === title ? [] : [textLine(sentence)]),
    ...facts(answer, shown),
    ...chart(answer, shown),
    ...(answer.table === undefined ? [] : table(answer.table, shown.rows)),
    ...answer.notes.slice(0, shown.notes).map((note) => textLine(cardText(note, LINE_MAX))),
    ...leftOut(answer.notes.length - shown.notes, "note"),
    ...(details.length === 0 ? [] : [hidden(details)]),
    ...source(answer),
  ];
  const toggle = details.length === 0 ? [] : [DETAILS_TOGGLE];
  const actions = answer.actions.slice(0, shown.actions);
  return adaptiveCard(
    body,
    actionElements(actions, answer.command, place, toggle),
    sentence,
    place.teamsClient && (answer.table !== undefined || answer.chart !== undefined),
  );
}

function facts(answer: Answer, shown: Shown): CardElement[] {
  if (shown.facts === 0) return leftOut(answer.facts.length, "figure");
  const rows = answer.facts
    .slice(0, shown.facts)
    .map((fact) => [
      { text: cardText(fact.label, CELL_MAX), style: { weight: "Bolder" as const } },
      { text: cardText(fact.value, 200) },
    ]);
  const label =
    columnWidth(
      rows.map(([cell]) => cell?.text ?? ""),
      false,
    ) + 2;
  const columns = [
    { width: label, right: false },
    { width: FACT_WIDTH - label, right: false },
  ];
  return [
    textTable(columns, rows, { header: false, grid: false }),
    ...leftOut(answer.facts.length - shown.facts, "figure"),
  ];
}

function chart(answer: Answer, shown: Shown): CardElement[] {
  if (answer.chart === undefined) return [];
  const drawn = shown.charts === 0 ? undefined : chartElement(answer.chart);
  const title = textLine(cardText(answer.chart.title, TITLE_MAX), { weight: "Bolder" });
  const summary = textLine(
    cardText(answer.chart.summary, LINE_MAX),
    { size: "Small", isSubtle: true },
    { spacing: "Small" },
  );
  return [title, ...(drawn === undefined ? [] : [drawn]), summary];
}

function table(shown: Table, rowCount: number): CardElement[] {
  const omitted = omittedLine(shown.omitted + shown.rows.length - rowCount);
  const header = shown.columns.map((column) => ({
    text: cardText(column.label, CELL_MAX),
    style: { weight: "Bolder" as const },
  }));
  const rows = shown.rows
    .slice(0, rowCount)
    .map((cells) => shown.columns.map((_, at) => ({ text: cardText(cells[at] ?? "", CELL_MAX) })));
  const columns = shown.columns.map((column, at) => {
    const right = column.align === "right";
    const texts = [...longWords(header[at]?.text), ...rows.map((row) => row[at]?.text ?? "")];
    return { width: columnWidth(texts, right), right };
  });
  return [
    textLine(cardText(shown.caption, TITLE_MAX), { weight: "Bolder" }),
    ...(rowCount === 0
      ? []
      : [textTable(columns, [header, ...rows], { header: true, grid: true })]),
    ...(omitted === undefined ? [] : [subtle(omitted)]),
  ];
}

const FACT_WIDTH = 44;

/**
 * In letters: columns share the card by what they hold. Words may break onto a further line, a
 * figure in a right-hand column must not, and gets room for the cell's padding.
 */
function columnWidth(texts: readonly string[], right: boolean): number {
  const longest = Math.max(...texts.map((text) => text.length), 4);
  return right ? Math.min(longest, 20) + 3 : Math.min(longest, 14);
}

/** A header may break between its words. */
function longWords(header: string | undefined): string[] {
  return header?.split(" ") ?? [];
}

const DETAILS = "details";
const DETAILS_TOGGLE: CardElement = {
  type: "Action.ToggleVisibility",
  title: "Details",
  targetElements: [DETAILS],
};

function detailLines(answer: Answer, shown: Shown): CardElement[] {
  if (answer.details.length === 0) return [];
  return [
    ...answer.details
      .slice(0, shown.details)
      .map((line) => textLine(cardText(line, LINE_MAX), {}, { spacing: "Small" })),
    ...leftOut(answer.details.length - shown.details, "line"),
  ];
}

function hidden(items: CardElement[]): CardElement {
  return { type: "Container", id: DETAILS, isVisible: false, items };
}

function source(answer: Answer): CardElement[] {
  const line = sourceLine(answer);
  return line === undefined ? [] : [subtle(cardText(line, LINE_MAX))];
}

function subtle(text: string): CardElement {
  return textLine(text, { size: "Small", isSubtle: true }, { spacing: "Small" });
}

function leftOut(count: number, noun: string): CardElement[] {
  if (count <= 0) return [];
  return [subtle(`and ${count} more ${noun}${count === 1 ? "" : "s"} than Teams can show`)];
}
