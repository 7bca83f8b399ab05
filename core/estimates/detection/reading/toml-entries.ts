import { pattern } from "../pattern.ts";
import { type Entry, type Frame, type Step, settingOf } from "./entry.ts";
import type { Language } from "./language.ts";
import { sourceEntries } from "./source-entries.ts";

const TOML: Language = {
  name: "toml",
  lineComments: ["#"],
  blockComments: [],
  quotes: [
    { open: '"""', close: '"""', multiline: true },
    { open: "'''", close: "'''", multiline: true, escape: "none" },
    { open: '"', close: '"' },
    { open: "'", close: "'", escape: "none" },
  ],
  lineStatements: true,
};

const ONE: Step = { name: "[]", kind: "list" };

interface Table {
  readonly line: number;
  readonly path: readonly Step[];
  readonly frame: Frame;
}

/** The values of a TOML file: its tables are scopes around what a lexer reads. */
export function tomlEntries(source: string): Entry[] {
  const tables: Table[] = [{ line: 0, path: [], frame: { id: -1, bound: new Map() } }];
  const blanked = source.split("\n").map((text, index) => {
    const [, opening, header] =
      /^\s*(\[\[?)\s*([^[\]#=\n]{1,200}?)\s*\]\]?\s*(?:#.*)?$/.exec(text) ?? [];
    if (header === undefined) return text;
    const names = header.split(".").map((name) => name.trim().replace(/^["']|["']$/g, ""));
    tables.push({
      line: index + 1,
      // `[[roles]]` is one of a list.
      path: [
        ...names.map((name): Step => ({ name, kind: "key" })),
        ...(opening === "[[" ? [ONE] : []),
      ],
      frame: { id: -1 - tables.length, bound: new Map() },
    });
    return "";
  });
  let at = 0;
  return sourceEntries(blanked.join("\n"), TOML).map((entry) => {
    while ((tables[at + 1]?.line ?? Number.POSITIVE_INFINITY) < entry.line) at += 1;
    const table = tables[at];
    if (table === undefined) return entry;
    const top = entry.path.length === 1;
    const key = entry.path[0]?.name;
    if (top && key !== undefined) table.frame.bound.set(key, entry.value.text.slice(0, 80));
    return {
      ...entry,
      path: [...table.path, ...entry.path],
      frame: top ? table.frame : entry.frame,
    };
  });
}

/** `NAME=value`, `export NAME=value`; `%dev.` is a profile of Quarkus. */
const SETTING = pattern`
    ^\s*(?:export\s+|set\s+)?((?:%(?!test[.,])[\w,-]{1,40}\.)?[A-Za-z_][\w.-]{0,120})
    \s*[=:]\s*(.*)$`;

/** `Environment="OLLAMA_MODEL=qwen3:8b"` of systemd. */
const OF_UNIT = /^\s*Environment=["']?([A-Z_][A-Z\d_]*=[^"'\n]*)["']?\s*$/;

/** .env, .properties, .ini and units of systemd: one name and one value a line. */
export function lineEntries(source: string): Entry[] {
  const entries: Entry[] = [];
  let path: readonly Step[] = [];
  // Side by side, and of nothing in common.
  let frame: Frame = { id: 0, bound: new Map(), block: true };
  const lines = source.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const text = lines[index] ?? "";
    const section = /^\s*\[([^\]]{1,200})\]\s*$/.exec(text)?.[1];
    if (section !== undefined) {
      path = [{ name: section.trim(), kind: "key" }];
      frame = { id: index + 1, bound: new Map() };
      continue;
    }
    const found = SETTING.exec(text.replace(OF_UNIT, "$1"));
    const [, key, written = ""] = found ?? [];
    if (key === undefined) continue;
    const last = endOfText(lines, index, written);
    const value =
      last === index
        ? bare(written)
        : [written, ...lines.slice(index + 1, last + 1)].join("\n").trim().slice(1, -1);
    if (value !== "") frame.bound.set(key, value.slice(0, 80));
    const entry = settingOf({
      path: [...path, { name: key, kind: "key" }],
      // What is emptied is still a name of the file.
      value: { kind: value === "" ? "null" : kindOf(value), text: value },
      line: index + 1,
      endLine: last + 1,
      frame,
    });
    entries.push(entry);
    index = last;
  }
  return entries;
}

const MAX_LINES = 2_000;

/** The line that closes a value which runs over several: in backticks, or in quotes. */
function endOfText(lines: readonly string[], from: number, written: string): number {
  const mark = /^[`"']/.exec(written)?.[0];
  if (mark === undefined || written.indexOf(mark, 1) !== -1) return from;
  for (let at = from + 1; at < lines.length && at - from < MAX_LINES; at += 1) {
    const line = lines[at]?.trimEnd() ?? "";
    if (line.endsWith(mark)) return at;
    // The next name: what was opened is a stray mark.
    if (mark !== "`" && /^[A-Za-z_]\w*=/.test(line)) return from;
  }
  return from;
}

/**
 * Without quotes and a trailing comment; `${NAME:default}` and `${NAME:-default}` are their
 * default.
 */
function bare(written: string): string {
  const quoted = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(written.trim())?.[2];
  const value = quoted ?? written.replace(/\s+#.*$/, "").trim();
  return /^\$\{[A-Za-z_]\w*:?[-=:]?([^}]*)\}$/.exec(value)?.[1] ?? value;
}

export function kindOf(value: string): "number" | "boolean" | "text" {
  if (/^-?\d[\d_]*(?:\.\d+)?$/.test(value)) return "number";
  return /^(?:true|false)$/i.test(value) ? "boolean" : "text";
}
