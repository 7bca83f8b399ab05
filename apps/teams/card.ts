import { cutLine, plainLine } from "#core/answers/plain-line.ts";

/** An element or action of an Adaptive Card. */
export interface CardElement {
  type: string;
  [property: string]: unknown;
}

export interface AdaptiveCard extends CardElement {
  type: "AdaptiveCard";
  version: "1.5";
  body: CardElement[];
  actions: CardElement[];
}

export const CARD_CONTENT_TYPE = "application/vnd.microsoft.card.adaptive";

/** 1.5 is the newest version that every Teams client draws; 1.4 brought Action.Execute. */
export function adaptiveCard(
  body: CardElement[],
  actions: CardElement[],
  said: string,
  wide: boolean,
): AdaptiveCard {
  return {
    type: "AdaptiveCard",
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    version: "1.5",
    fallbackText: said,
    ...(wide ? { msteams: { width: "Full" } } : {}),
    body,
    actions,
  };
}

/** What Teams counts is not said per encoding; in UTF-8 this is also under half of 100 KB in UTF-16. */
export function cardBytes(card: CardElement): number {
  return Buffer.byteLength(JSON.stringify(card), "utf8");
}

/** One line of text as a card may hold it: printable, at most `max` characters, never empty. */
export function cardText(text: string, max: number): string {
  const line = cutLine(plainLine(text), max);
  // An empty text run is dropped by some clients and takes its table cell with it.
  return line === "" ? "\u00a0" : line;
}

export interface TextStyle {
  weight?: "Bolder";
  size?: "Small" | "Large";
  isSubtle?: boolean;
}

/**
 * Text that comes from people. A TextBlock or FactSet reads Markdown, and a backslash that should
 * escape it is shown by Teams on phones (github.com/microsoft/AdaptiveCards/issues/5590); the runs of
 * a RichTextBlock are plain on every client, so a team named `*ops*` stays `*ops*`.
 */
export function textRuns(
  runs: readonly { text: string; style?: TextStyle }[],
  layout: { spacing?: "None" | "Small" | "Medium"; horizontalAlignment?: "Right" } = {},
): CardElement {
  return {
    type: "RichTextBlock",
    ...layout,
    inlines: runs.map((run) => ({ type: "TextRun", text: run.text, ...run.style })),
  };
}

export function textLine(
  text: string,
  style: TextStyle = {},
  layout: { spacing?: "None" | "Small" | "Medium"; horizontalAlignment?: "Right" } = {},
): CardElement {
  return textRuns([{ text, style }], layout);
}

export interface TableColumn {
  width: number;
  right: boolean;
}

/** A table of plain text; the first row is its header when `header` is set. */
export function textTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly { text: string; style?: TextStyle }[])[],
  options: { header: boolean; grid: boolean },
): CardElement {
  return {
    type: "Table",
    firstRowAsHeaders: options.header,
    showGridLines: options.grid,
    columns: columns.map((column) => ({
      width: column.width,
      ...(column.right ? { horizontalCellContentAlignment: "Right" } : {}),
    })),
    rows: rows.map((cells) => ({
      type: "TableRow",
      cells: cells.map((cell, index) => ({
        type: "TableCell",
        items: [
          textRuns([cell], columns[index]?.right === true ? { horizontalAlignment: "Right" } : {}),
        ],
      })),
    })),
  };
}
