import { chartFigure } from "./chart.js";
import { element } from "./element.js";

const BASIS = {
  metered: "metered at the gateway",
  billed: "billed by the provider",
  reconciled: "metered, reconciled with the bill",
  estimated: "estimated",
  assumed: "assumed",
  none: undefined,
};

/** One Answer as an article; `act(action, answer)` is called for its buttons. */
export function answerCard(answer, act) {
  return element(
    "article",
    { class: `answer ${answer.state}`, tabindex: "-1", "aria-label": answer.title },
    element("h3", {}, answer.title),
    answer.sentence === answer.title
      ? undefined
      : element("p", { class: "sentence" }, answer.sentence),
    answer.secret === undefined ? undefined : secret(answer.secret),
    answer.facts.length === 0 ? undefined : facts(answer.facts),
    answer.chart === undefined ? undefined : chartFigure(answer.chart),
    answer.table === undefined ? undefined : table(answer.table),
    answer.notes.map((note) => element("p", { class: "note" }, note)),
    answer.details.length === 0 ? undefined : details(answer.details),
    answer.actions.length === 0 ? undefined : buttons(answer, act),
    provenance(answer),
  );
}

/** Shown once: it is in this page and nowhere else. */
function secret({ label, value }) {
  return element(
    "pre",
    { class: "secret", tabindex: "0", "aria-label": `Secret of ${label}` },
    element("code", {}, value),
  );
}

function facts(all) {
  return element(
    "dl",
    { class: "facts" },
    all.map(({ label, value }) =>
      element("div", {}, element("dt", {}, label), element("dd", {}, value)),
    ),
  );
}

function table({ caption, columns, rows, omitted }) {
  const side = (index) => columns[index]?.align ?? "left";
  const header = columns.map(({ label, align }) =>
    element("th", { scope: "col", class: align }, label),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      row.map((cell, index) =>
        element(
          index === 0 ? "th" : "td",
          { class: side(index), scope: index === 0 ? "row" : undefined },
          cell,
        ),
      ),
    ),
  );
  // Scrolls by itself on a narrow screen, so it can be reached by keyboard.
  return element(
    "div",
    { class: "table", role: "region", "aria-label": caption, tabindex: "0" },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, header)),
      element("tbody", {}, body),
    ),
    omitted > 0 ? element("p", { class: "omitted" }, `and ${omitted} more`) : undefined,
  );
}

function details(all) {
  return element(
    "details",
    {},
    element("summary", {}, "Details"),
    all.map((line) => element("p", {}, line)),
  );
}

function buttons(answer, act) {
  return element(
    "div",
    { class: "actions", role: "group", "aria-label": "What you can do" },
    answer.actions.map((action) =>
      element(
        "button",
        { type: "button", class: action.style ?? "default", onclick: () => act(action, answer) },
        action.label,
      ),
    ),
  );
}

function provenance({ source, demonstration, audience }) {
  const parts = [];
  if (demonstration) parts.push("Demonstration data");
  if (source !== undefined) {
    parts.push(BASIS[source.basis]);
    if (source.attributedPercent !== undefined)
      parts.push(`${source.attributedPercent}% attributed`);
    const asOf = source.asOfSaid ?? source.asOf;
    if (asOf !== undefined) parts.push(`as of ${asOf}`);
    parts.push(source.note);
  }
  if (audience.kind === "room") parts.push("as everybody in the channel sees it");
  const said = parts.filter((part) => part !== undefined && part !== "");
  return said.length === 0 ? undefined : element("p", { class: "provenance" }, said.join(" · "));
}

/** What went wrong, as an article of its own, with a way to try again. */
export function failureCard(error, retry) {
  return element(
    "article",
    { class: "answer refused", tabindex: "-1" },
    element("h3", {}, error.message),
    !error.help ? undefined : element("p", { class: "sentence" }, error.help),
    element(
      "div",
      { class: "actions" },
      element("button", { type: "button", class: "default", onclick: retry }, "Try again"),
    ),
  );
}
