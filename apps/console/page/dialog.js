import { element } from "./element.js";

const dialog = document.getElementById("dialog");

/** Asks "are you sure"; resolves to true when the person says yes. */
export async function confirmed(question, label) {
  const values = await open(question, [], label);
  return values !== undefined;
}

/** A Form as a dialog; resolves to its values, or to undefined when it is closed. */
export function filled({ title, intro, fields, submitLabel }) {
  const rows = fields.map(field);
  return open(
    title,
    [intro === undefined ? undefined : element("p", {}, intro), ...rows],
    submitLabel,
  );
}

/** One at a time: a second one, of a button pressed twice, counts as closed. */
function open(title, content, submitLabel) {
  if (dialog.open) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const form = element(
      "form",
      { method: "dialog" },
      element("h2", { id: "dialog-title" }, title),
      content,
      element(
        "div",
        { class: "actions" },
        element("button", { type: "submit", class: "primary", value: "submit" }, submitLabel),
        element(
          "button",
          { type: "submit", class: "default", value: "cancel", formnovalidate: true },
          "Cancel",
        ),
      ),
    );
    dialog.replaceChildren(form);
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "submit" ? valuesOf(form) : undefined),
      { once: true },
    );
    dialog.returnValue = "cancel";
    dialog.showModal();
  });
}

function valuesOf(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    values[name] = values[name] === undefined ? String(value) : `${values[name]},${value}`;
  }
  return values;
}

function field(spec) {
  return element(
    "label",
    { class: "field" },
    element("span", {}, spec.required ? spec.label : `${spec.label} (optional)`),
    control(spec),
    spec.hint === undefined ? undefined : element("small", {}, spec.hint),
  );
}

function control(spec) {
  const shared = { name: spec.name, required: spec.required };
  switch (spec.kind) {
    case "choice":
      return element(
        "select",
        { ...shared, multiple: spec.multiple === true },
        spec.options.map(({ value, label }) =>
          element("option", { value, selected: value === spec.initial }, label),
        ),
      );
    case "date":
      return element("input", { ...shared, type: "date", value: spec.initial });
    case "number":
      return element("input", {
        ...shared,
        type: "number",
        min: spec.min,
        max: spec.max,
        value: spec.initial,
      });
    case "money":
      return element("input", {
        ...shared,
        inputmode: "decimal",
        pattern: "\\$?[0-9]+(\\.[0-9]{1,9})?",
        placeholder: "0.00",
        value: spec.initial,
      });
    default:
      return spec.multiline === true
        ? element("textarea", { ...shared, maxlength: spec.maxLength, rows: 3 }, spec.initial ?? "")
        : element("input", { ...shared, maxlength: spec.maxLength, value: spec.initial });
  }
}
