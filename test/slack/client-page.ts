import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { type Block, Message } from "slack-blocks-to-jsx";
import { z } from "zod";

const STYLE = createRequire(import.meta.url).resolve("slack-blocks-to-jsx/dist/style.css");
const LOGO = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" width="36" height="36">
    <rect width="36" height="36" rx="6" fill="#1d3557"/>
    <rect x="8" y="19" width="5" height="9" fill="#a8dadc"/>
    <rect x="16" y="13" width="5" height="15" fill="#f1faee"/>
    <rect x="24" y="8" width="5" height="20" fill="#e63946"/>
  </svg>`,
)}`;

const Text = z.object({ text: z.string() });
const Option = z.object({ text: Text, value: z.string() });
const Button = z.object({
  type: z.literal("button"),
  action_id: z.string(),
  value: z.string().optional(),
  text: Text,
  style: z.string().optional(),
  confirm: z.object({ text: Text }).optional(),
});
const Element = z.looseObject({
  type: z.string(),
  action_id: z.string(),
  initial_value: z.string().optional(),
  initial_date: z.string().optional(),
  initial_option: Option.optional(),
  initial_options: z.array(Option).optional(),
  multiline: z.boolean().optional(),
  options: z.array(Option).optional(),
});
const SomeBlock = z.looseObject({
  type: z.string(),
  block_id: z.string().optional(),
  label: Text.optional(),
  hint: Text.optional(),
  element: Element.optional(),
  elements: z.array(z.unknown()).optional(),
});
type SomeBlock = z.infer<typeof SomeBlock>;

/** What stands at one place of the page: a message, or what only one person sees. */
export interface Shown {
  readonly ts: string;
  readonly note: string;
  readonly blocks: readonly unknown[];
  readonly text: string;
}

export const View = z.looseObject({
  type: z.string(),
  title: Text.optional(),
  submit: Text.optional(),
  blocks: z.array(z.unknown()),
});
export type View = z.infer<typeof View>;

function escaped(text: string): string {
  const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (sign) => signs[sign] ?? sign);
}

function parsed(blocks: readonly unknown[]): SomeBlock[] {
  return blocks.map((block) => SomeBlock.parse(block));
}

/** As Slack draws them, as near as a library outside Slack comes; buttons and fields are ours. */
function drawn(blocks: readonly SomeBlock[], text: string): string {
  const shown = blocks.filter(({ type }) => type !== "actions" && type !== "input");
  if (shown.length === 0) return text === "" ? "" : `<p>${escaped(text)}</p>`;
  // The library takes "verbatim" for "no markup"; Slack goes on to read bold and the like.
  const written = JSON.stringify(shown).replaceAll(',"verbatim":true', "");
  const ready: Block[] = JSON.parse(written);
  const time = new Date("2026-11-23T08:55:00Z");
  const message = createElement(Message, { blocks: ready, name: "aispend", logo: LOGO, time });
  return renderToStaticMarkup(message);
}

function buttons(block: SomeBlock, at: Readonly<Record<string, string>>): string {
  return (block.elements ?? [])
    .map((element) => {
      const { action_id, value = "", text, style = "", confirm } = Button.parse(element);
      const carried = { ...at, action_id, value, block_id: block.block_id ?? "b" };
      return (
        `<button class="${escaped(style)}" data-press="${escaped(JSON.stringify(carried))}"` +
        `${confirm === undefined ? "" : ` data-confirm="${escaped(confirm.text.text)}"`}>` +
        `${escaped(text.text)}</button>`
      );
    })
    .join(" ");
}

function options(element: z.infer<typeof Element>, chosen: readonly string[]): string {
  return (element.options ?? [])
    .map(({ text, value }) => {
      const mark = chosen.includes(value) ? " selected" : "";
      return `<option value="${escaped(value)}"${mark}>${escaped(text.text)}</option>`;
    })
    .join("");
}

function field(block: SomeBlock): string {
  const { element, label, hint } = block;
  if (element === undefined) return "";
  const { type, action_id, multiline } = element;
  const name = `data-block="${escaped(block.block_id ?? "")}" data-action="${action_id}"`;
  const initial = escaped(element.initial_value ?? element.initial_date ?? "");
  const chosen = [element.initial_option, ...(element.initial_options ?? [])].flatMap(
    (option) => option?.value ?? [],
  );
  const input =
    type === "static_select" || type === "multi_static_select"
      ? `<select ${name} data-type="${type}"${type.startsWith("multi") ? " multiple" : ""}>` +
        `${options(element, chosen)}</select>`
      : multiline === true
        ? `<textarea ${name} data-type="${type}">${initial}</textarea>`
        : `<input ${name} data-type="${type}" value="${initial}"` +
          ` type="${type === "datepicker" ? "date" : "text"}">`;
  const said = hint === undefined ? "" : `<small>${escaped(hint.text)}</small>`;
  return `<label><span>${escaped(label?.text ?? "")}</span>${input}${said}</label>`;
}

function body(blocks: readonly SomeBlock[], text: string, at: Record<string, string>): string {
  const below = blocks.map((block) =>
    block.type === "actions" ? `<p>${buttons(block, at)}</p>` : field(block),
  );
  return `${drawn(blocks, text)}${below.join("")}`;
}

export function messagesHtml(messages: readonly Shown[]): string {
  return messages
    .map(({ ts, note, blocks, text }) => {
      const said = note === "" ? "" : `<small>${escaped(note)}</small>`;
      return `<article>${said}${body(parsed(blocks), text, { ts })}</article>`;
    })
    .join("");
}

export function modalHtml(view: View | undefined): string {
  if (view === undefined) return "";
  const submit =
    view.submit === undefined ? "" : `<button class="submit">${escaped(view.submit.text)}</button>`;
  return (
    `<div class="modal" role="dialog"><h2>${escaped(view.title?.text ?? "")}</h2>` +
    `${body(parsed(view.blocks), "", { modal: "yes" })}` +
    `<p>${submit}<button class="close">Close</button></p></div>`
  );
}

export function homeHtml(view: View | undefined): string {
  return view === undefined ? "" : `<article>${body(parsed(view.blocks), "", { home: "yes" })}`;
}

const LOOK = `
  body { margin: 0; padding: 16px 24px; background: #fff; color: #1d1c1d;
    font: 15px/1.47 Lato, "DejaVu Sans", sans-serif }
  header { border-bottom: 1px solid #ddd; font-weight: 700; padding-bottom: 8px }
  article { padding: 8px 0; border-bottom: 1px solid #f0f0f0 }
  article > small { color: #616061; display: block }
  button { border: 1px solid #bbb; border-radius: 4px; background: #fff; padding: 5px 12px;
    font: inherit; font-weight: 600; cursor: pointer; margin-right: 6px }
  button.primary, button.submit { background: #007a5a; border-color: #007a5a; color: #fff }
  button.danger { color: #c01343; border-color: #c01343 }
  .modal { position: fixed; inset: 24px 90px auto; max-height: 92vh; overflow: auto;
    background: #fff; border: 1px solid #888; border-radius: 8px; padding: 8px 24px;
    box-shadow: 0 8px 40px #0005 }
  label { display: block; margin: 10px 0 }
  label span { display: block; font-weight: 700 }
  label small { color: #616061; display: block }
  input, select, textarea { font: inherit; width: 96%; padding: 5px }
  form input { width: 60% }
`;

/** Does what Slack's client does: presses and forms go to the app, what comes back is drawn. */
const SCRIPT = `
  const send = (path, body) => fetch(location.pathname + path, { method: "POST",
    headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const values = () => {
    const found = {};
    for (const input of document.querySelectorAll(".modal [data-block]")) {
      const { block, action, type } = input.dataset;
      const option = (one) => ({ text: { type: "plain_text", text: one.text }, value: one.value });
      const chosen = [...(input.selectedOptions ?? [])].map(option);
      found[block] = { [action]: type === "static_select"
        ? { type, selected_option: chosen[0] ?? null }
        : type === "multi_static_select" ? { type, selected_options: chosen }
        : type === "datepicker" ? { type, selected_date: input.value || null }
        : { type, value: input.value || null } };
    }
    return found;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button === null) return;
    event.preventDefault();
    if (button.dataset.press !== undefined) {
      if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
      send("/press", JSON.parse(button.dataset.press));
    } else if (button.className === "submit") send("/submit", values());
    else if (button.className === "close") send("/close", {});
    else if (button.className === "send") {
      const line = document.querySelector("form input");
      send("/command", { text: line.value });
      line.value = "";
    }
  });
  const seen = {};
  setInterval(async () => {
    const parts = await (await fetch(location.pathname + "/parts")).json();
    for (const [name, html] of Object.entries(parts)) {
      if (seen[name] === html) continue;
      seen[name] = html;
      document.getElementById(name).innerHTML = html;
    }
  }, 300);
`;

export function pageHtml(title: string): string {
  return (
    `<!doctype html><meta charset="utf-8"><title>${escaped(title)}</title>` +
    `<style>${readFileSync(STYLE, "utf8")}${LOOK}</style>` +
    `<header>${escaped(title)}</header><main id="messages"></main>` +
    '<form><input aria-label="Message"><button class="send">Send</button></form>' +
    `<div id="modal"></div><script>${SCRIPT}</script>`
  );
}
