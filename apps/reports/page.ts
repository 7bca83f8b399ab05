import { chartSvg } from "#apps/chat/chart-png.ts";
import type { Section } from "#apps/chat/reviews/section.ts";
import { plainLine } from "#core/answers/plain-line.ts";
import type { Table } from "#core/answers/schema.ts";

/** A page as it is printed or mailed: everything in one file, nothing is fetched. */
export interface Page {
  readonly title: string;
  /** Stands alone under the title. */
  readonly sentence: string;
  /** "metered, as of ...". */
  readonly source: string;
  readonly demonstration: boolean;
  /** The figures at the top, at most six. */
  readonly figures: readonly { readonly label: string; readonly value: string }[];
  readonly sections: readonly Section[];
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Names come from usage, which anybody may write. */
export function escapeHtml(text: string): string {
  return plainLine(text).replace(/[&<>"']/g, (one) => ESCAPES[one] ?? one);
}

const STATES: ReadonlyMap<string, string> = new Map([
  ["met", "good"],
  ["within 5%", "good"],
  ["yes", "good"],
  ["missed", "bad"],
  ["over", "bad"],
  ["no", "bad"],
  ["vacant", "bad"],
]);

/** Columns whose words are judged; elsewhere the same words say something else. */
const JUDGED = new Set(["Status", "Holds", "Accountable"]);

function cell(text: string, { label, align }: Table["columns"][number]): string {
  const state = JUDGED.has(label) ? STATES.get(text) : undefined;
  const classes = [align === "right" ? "number" : "", state ?? ""].filter((one) => one !== "");
  const attribute = classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  return `<td${attribute}>${escapeHtml(text)}</td>`;
}

const PLAIN = { label: "", align: "left" } as const;

function tableHtml({ caption, columns, rows, omitted }: Table): string {
  const head = columns
    .map(({ label, align }) => {
      const attribute = align === "right" ? ' class="number"' : "";
      return `<th scope="col"${attribute}>${escapeHtml(label)}</th>`;
    })
    .join("");
  const body = rows
    .map((row) => `<tr>${row.map((text, at) => cell(text, columns[at] ?? PLAIN)).join("")}</tr>`)
    .join("\n");
  const more = omitted === 0 ? "" : `<p class="more">and ${omitted} more</p>`;
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table>${more}`;
}

function chartHtml(chart: NonNullable<Section["chart"]>): string {
  // Its size is the page's: the drawing keeps its proportions.
  const svg = chartSvg(chart).replace(
    /<svg width="(\d+)" height="(\d+)"/,
    '<svg width="100%" style="aspect-ratio:$1/$2"',
  );
  return `<figure role="img" aria-label="${escapeHtml(chart.summary)}">${svg}
<figcaption>${escapeHtml(chart.summary)}</figcaption></figure>`;
}

function sectionHtml({ title, lead, facts, table, chart, lines }: Section): string {
  return [
    `<section><h2>${escapeHtml(title)}</h2>`,
    `<p>${escapeHtml(lead)}</p>`,
    facts === undefined || facts.length === 0
      ? ""
      : `<dl>${facts
          .map((fact) => `<dt>${escapeHtml(fact.label)}</dt><dd>${escapeHtml(fact.value)}</dd>`)
          .join("")}</dl>`,
    chart === undefined ? "" : chartHtml(chart),
    table === undefined ? "" : tableHtml(table),
    lines === undefined || lines.length === 0
      ? ""
      : `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`,
    "</section>",
  ]
    .filter((part) => part !== "")
    .join("\n");
}

const STYLE = `
:root { --ink: #1d1c1d; --faint: #5f5f5f; --line: #d9d9d9; --good: #00664b; --bad: #a83a00 }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 960px; color: var(--ink);
  background: #fff; font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 8px }
h2 { font-size: 18px; margin: 36px 0 6px }
p { margin: 0 0 12px; max-width: 75ch }
.source, .more, figcaption, caption { color: var(--faint); font-size: 13px }
.demonstration { border: 1px solid var(--bad); color: var(--bad); padding: 6px 10px;
  border-radius: 4px; margin: 0 0 16px; max-width: none }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px;
  margin: 20px 0 8px; padding: 0; list-style: none }
.figures li { border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px }
.figures b { display: block; font-size: 20px; line-height: 1.3; font-variant-numeric: tabular-nums }
.figures span { color: var(--faint); font-size: 13px }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 4px 0 8px }
caption { text-align: left; padding-bottom: 4px }
th, td { border-bottom: 1px solid var(--line); padding: 6px 10px 6px 0; text-align: left;
  vertical-align: top }
th { font-weight: 600; border-bottom-color: var(--ink) }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
  padding-right: 18px }
.good { color: var(--good); font-weight: 600 }
.bad { color: var(--bad); font-weight: 600 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0 0 12px }
dt { color: var(--faint) }
dd { margin: 0 }
ul { padding-left: 20px; margin: 4px 0 }
figure { margin: 8px 0 16px; max-width: 720px }
.wide { overflow-x: auto }
@media (max-width: 640px) { table { display: block; overflow-x: auto } }
@media print {
  @page { size: A4; margin: 16mm 14mm }
  body { padding: 0; max-width: none; font-size: 10.5pt }
  h1 { font-size: 18pt } h2 { font-size: 13pt; margin-top: 20pt; break-after: avoid }
  table { font-size: 9pt } tr, figure, .figures li { break-inside: avoid }
  thead { display: table-header-group }
  .figures { grid-template-columns: repeat(auto-fit, minmax(38mm, 1fr)) }
}
`;

const DEMONSTRATION = '<p class="demonstration">Demonstration data: nothing here was spent.</p>';

/** The whole page. No script, no font, no picture from anywhere: it can be mailed and archived. */
export function pageHtml(page: Page): string {
  const figures = page.figures
    .map(
      ({ label, value }) => `<li><b>${escapeHtml(value)}</b><span>${escapeHtml(label)}</span></li>`,
    )
    .join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(page.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${page.demonstration ? DEMONSTRATION : ""}
<h1>${escapeHtml(page.title)}</h1>
<p>${escapeHtml(page.sentence)}</p>
<p class="source">${escapeHtml(page.source)}</p>
<ul class="figures">
${figures}
</ul>
${page.sections.map(sectionHtml).join("\n")}
</main>
</body>
</html>
`;
}
