import { patternOfAnyCase } from "../pattern.ts";
import { type Entry, type Step, settingOf } from "./entry.ts";
import { kindOf } from "./toml-entries.ts";

const NAMES: Readonly<Record<string, string>> = {
  FROM: "model",
  SYSTEM: "system_prompt",
  MESSAGE: "message_prompt",
};

const LINE = patternOfAnyCase`
    ^\s*(?:(FROM|SYSTEM|MESSAGE(?=\s+(?:user|system|assistant)\s))|PARAMETER\s+(\w+))\s+(.*)$`;

/** Ollama's Modelfile: `FROM llama3.2`, `PARAMETER num_ctx 4096`, `SYSTEM """..."""`. */
export function modelfileEntries(source: string): Entry[] {
  const entries: Entry[] = [];
  const frame = { id: 1, bound: new Map<string, string>() };
  const lines = source.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const [, word = "", parameter, rest = ""] = LINE.exec(line) ?? [];
    const name = NAMES[word.toUpperCase()] ?? parameter;
    if (name === undefined) continue;
    const last = rest.startsWith('"""') ? endOfText(lines, index, rest) : index;
    const written = last === index ? rest : [rest, ...lines.slice(index + 1, last + 1)].join("\n");
    const said = name === "message_prompt" ? written.replace(/^\w+\s/, "") : written;
    const text = said.trim().replace(/^(?:"""|")|(?:"""|")$/g, "");
    frame.bound.set(name, text.slice(0, 80));
    const path: Step[] = [{ name, kind: "key" }];
    const value = { kind: kindOf(text), text };
    entries.push(settingOf({ path, value, line: index + 1, endLine: last + 1, frame }));
    index = last;
  }
  return entries;
}

/** The line that closes a text in three quotes; the same line where none does. */
function endOfText(lines: readonly string[], from: number, rest: string): number {
  if (rest.indexOf('"""', 3) !== -1) return from;
  for (let at = from + 1; at < lines.length; at += 1) {
    if (lines[at]?.includes('"""') === true) return at;
  }
  return from;
}
