import { chartAltText } from "#apps/chat/chart-png.ts";
import { plainLine } from "#core/answers/plain-line.ts";
import { omittedLine } from "#core/answers/plain-table.ts";
import { chartLines, plainText } from "#core/answers/plain-text.ts";
import type { Answer, Chart, Fact, Table } from "#core/answers/schema.ts";
import { sourceLine } from "#core/answers/source-line.ts";
import { button } from "./action-button.ts";
import type {
  ActionsBlock,
  Button,
  ContextBlock,
  SectionBlock,
  SlackBlock,
  SlackMessage,
} from "./block.ts";
import { nativeChart } from "./chart-block.ts";
import { escaped, joinedLines, mrkdwn, plain } from "./slack-text.ts";
import { nativeTable, preformattedTable } from "./table-block.ts";

export interface RenderOptions {
  /**
   * Slack's own table and chart blocks. Modals and the Home tab do not take them, and an old client
   * can refuse a message that has them.
   */
  native: boolean;
  /** A picture of the chart, uploaded before; it is shown instead of the block. */
  imageFileId?: string;
  /** Left out where they follow in the thread. */
  withoutDetails?: boolean;
  /** The account that shared the answer into the room. */
  sharedBy?: string;
}

const TEXT_MAX = 3000;
const FIELDS_MAX = 10;

/** An Answer as a Slack message, within every limit of Block Kit whatever the answer holds. */
export function renderMessage(answer: Answer, options: RenderOptions): SlackMessage {
  return { text: notification(answer), blocks: renderBlocks(answer, options) };
}

/** At most 26 blocks, so that three answers fit a Home tab. */
export function renderBlocks(answer: Answer, options: RenderOptions): SlackBlock[] {
  return [
    ...heading(answer),
    ...factBlocks(answer.facts),
    ...sections(joinedLines(answer.notes, TEXT_MAX), 4),
    ...(answer.chart === undefined ? [] : chartBlocks(answer.chart, options)),
    ...(answer.table === undefined ? [] : tableBlocks(answer.table, options.native)),
    ...(options.withoutDetails ? [] : contexts(joinedLines(answer.details, 2000), 2)),
    ...contexts(footer(answer, options.sharedBy), 2),
    ...buttonRows(answer),
  ];
}

/** Without any block: what every client shows. */
export function renderText(answer: Answer): SlackMessage {
  const [sentence = "", ...rest] = plainText(answer).trimEnd().split("\n");
  const lines = rest.filter((line, index) => line !== "" || index > 0);
  const first = escaped(sentence, TEXT_MAX) || "aispend";
  const fence = "```";
  let body = "";
  for (const line of lines) {
    // Indentation matters in the fence, so lines are escaped without being trimmed.
    const indent = /^ */.exec(line)?.[0] ?? "";
    const written = `${indent}${escaped(line, 300).replaceAll(fence, "'''")}\n`;
    if (first.length + body.length + written.length > 3900) break;
    body += written;
  }
  return { text: body.trim() === "" ? first : `${first}\n${fence}\n${body}${fence}` };
}

/** The notification, and all that a screen reader reads of a message with blocks. */
function notification(answer: Answer): string {
  const lines = [
    answer.sentence,
    ...answer.facts.map((fact) => `${fact.label}: ${fact.value}`),
    ...(answer.chart === undefined ? [] : [chartAltText(answer.chart)]),
    ...answer.notes,
    sourceLine(answer) ?? "",
  ];
  return joinedLines(lines, TEXT_MAX)[0] ?? (escaped(answer.title, TEXT_MAX) || "aispend");
}

function heading(answer: Answer): SlackBlock[] {
  const sentence = escaped(answer.sentence, TEXT_MAX - 200);
  const title = plainLine(answer.title);
  const said = title !== "" && title !== plainLine(answer.sentence);
  const rich = answer.facts.length > 0 || answer.table !== undefined || answer.chart !== undefined;
  if (!rich) {
    const lines = [...(said ? [`*${escaped(title, 150)}*`] : []), sentence];
    const text = lines.filter((line) => line !== "").join("\n");
    return [section(text === "" ? "-" : text)];
  }
  return [
    ...(said ? [{ type: "header", text: plain(title, 150, "-") } as const] : []),
    ...(sentence === "" ? [] : [section(sentence)]),
  ];
}

/** Two columns for the first twenty, lines for what follows. */
function factBlocks(facts: readonly Fact[]): SlackBlock[] {
  const shown = facts.filter((fact) => plainLine(fact.label) + plainLine(fact.value) !== "");
  const grid = shown.slice(0, 2 * FIELDS_MAX).map((fact) => {
    const label = escaped(fact.label, 150);
    const value = escaped(fact.value, 1800);
    return mrkdwn(label === "" ? value : `*${label}*${value === "" ? "" : `\n${value}`}`);
  });
  const rest = shown.slice(2 * FIELDS_MAX).map((fact) => `${fact.label}: ${fact.value}`);
  const rows = [grid.slice(0, FIELDS_MAX), grid.slice(FIELDS_MAX)].filter((row) => row.length > 0);
  return [
    ...rows.map((fields) => ({ type: "section" as const, fields })),
    ...sections(joinedLines(rest, TEXT_MAX), 2),
  ];
}

/** Drawn or not, the chart is also said in words. */
function chartBlocks(chart: Chart, options: RenderOptions): SlackBlock[] {
  const drawn = chartDrawing(chart, options);
  const words = drawn === undefined ? chartLines(chart) : [chart.summary];
  return [...(drawn === undefined ? [] : [drawn]), ...contexts(joinedLines(words, 2000), 2)];
}

function chartDrawing(chart: Chart, options: RenderOptions): SlackBlock | undefined {
  if (options.imageFileId === undefined) return options.native ? nativeChart(chart) : undefined;
  return {
    type: "image",
    slack_file: { id: options.imageFileId },
    alt_text: plain(chartAltText(chart), 2000, "Chart").text,
  };
}

function tableBlocks(table: Table, native: boolean): SlackBlock[] {
  const caption = escaped(table.caption, 300);
  const { block, omitted } = native ? nativeTable(table) : preformattedTable(table);
  const more = omittedLine(omitted);
  return [
    ...(caption === "" ? [] : [section(`*${caption}*`)]),
    block,
    ...contexts(more === undefined ? [] : [more], 1),
  ];
}

function footer(answer: Answer, sharedBy: string | undefined): string[] {
  const source = escaped(sourceLine(answer) ?? "", 2000);
  // An account id comes signed from Slack; the mention says who put the answer into the room.
  const shared = /^[UW][A-Z0-9]+$/.test(sharedBy ?? "") ? `Shared by <@${sharedBy}>` : "";
  return [source, shared].filter((line) => line !== "");
}

/** Sharing is for private answers: in a room it is shared already. */
function buttonRows(answer: Answer): ActionsBlock[] {
  const buttons: Button[] = [];
  for (const action of answer.actions) {
    if (action.kind === "share" && answer.audience.kind === "room") continue;
    const one = button(action, buttons.length);
    if (one !== undefined && buttons.length < 25) buttons.push(one);
  }
  const rows: ActionsBlock[] = [];
  for (let start = 0; start < buttons.length; start += 5) {
    rows.push({ type: "actions", elements: buttons.slice(start, start + 5) });
  }
  return rows;
}

function section(text: string): SectionBlock {
  return { type: "section", text: mrkdwn(text) };
}

function sections(texts: readonly string[], max: number): SectionBlock[] {
  return texts.slice(0, max).map(section);
}

function contexts(texts: readonly string[], max: number): ContextBlock[] {
  return texts.slice(0, max).map((text) => ({ type: "context", elements: [mrkdwn(text)] }));
}
