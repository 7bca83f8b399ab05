import type { Entry, Frame, Step } from "./entry.ts";
import { jsonEntries } from "./json-entries.ts";
import { kindOf } from "./toml-entries.ts";

interface Level {
  readonly indent: number;
  readonly path: readonly Step[];
  readonly frame: Frame;
  position: number;
}

const MAX_DEPTH = 60;

/**
 * A long YAML file by its indentation: keys, plain and quoted values, block scalars, lists. The
 * library
 * reads 100 KB in a quarter of a second and more; this is for files that it would be slow on.
 * Anchors
 * and values over several lines without a mark are not followed.
 */
export function yamlLines(source: string): Entry[] {
  const lines = source.split("\n");
  const entries: Entry[] = [];
  let frames = 0;
  const frame = (owner?: Frame): Frame => {
    frames += 1;
    return { id: frames, bound: new Map(), owner };
  };
  let levels: Level[] = [{ indent: -1, path: [], frame: frame(), position: 0 }];
  for (let at = 0; at < lines.length; at += 1) {
    const found = /^( *)((?:- +)*)(.*)$/.exec(lines[at] ?? "");
    const [, space = "", dashes = "", rest = ""] = found ?? [];
    if (rest === "" || rest.startsWith("#") || rest.startsWith("---")) continue;
    let indent = space.length;
    const items = dashes.length === 0 ? 0 : dashes.split("-").length - 1;
    if (items > 0) {
      levels = levels.filter(
        (level) => level.indent < indent + 1 && !(level.indent === indent && isItem(level)),
      );
      const parent = levels.at(-1);
      if (parent === undefined || levels.length > MAX_DEPTH) continue;
      const path: Step[] = [...parent.path, { name: "[]", kind: "list" }];
      indent += dashes.length;
      levels.push({
        indent: indent - 1,
        path,
        frame: /^[^\s"'[{][^:]*:(?:\s|$)/.test(rest) ? frame(parent.frame) : parent.frame,
        position: parent.position,
      });
      parent.position += 1;
    } else levels = levels.filter((level) => level.indent < indent);
    const top = levels.at(-1);
    if (top === undefined) continue;
    const pair = /^("[^"\n]*"|'[^'\n]*'|[^\s"'[{#&*!|>][^:#\n]{0,200}?)\s*:(?:\s+(.*))?$/.exec(
      rest,
    );
    const key = pair?.[1]?.replace(/^["']|["']$/g, "");
    // `!Sub "..."`
    const written = (pair === null ? rest : (pair[2] ?? "")).trim().replace(/^!\S+ +(?=["'])/, "");
    const path: readonly Step[] =
      key === undefined ? top.path : [...top.path, { name: key, kind: "key" }];
    const line = at + 1;
    const add = (text: string, first: number, last: number): void => {
      if (key !== undefined) top.frame.bound.set(key, text.slice(0, 80));
      entries.push({
        path,
        scope: [],
        value: { kind: kindOf(text), text },
        line: first,
        endLine: last,
        frame: top.frame,
        position: top.position,
        role: "value",
      });
    };
    if (/^[|>][-+\d]*\s*(?:#.*)?$/.test(written)) {
      const end = blockEnd(lines, at + 1, space.length + dashes.length);
      add(lines.slice(at + 1, end).join("\n"), line + 1, Math.max(line + 1, end));
      at = end - 1;
    } else if (written === "" || /^(?:#|&\S+$|!\S+$)/.test(written)) {
      if (key === undefined || levels.length > MAX_DEPTH) continue;
      top.frame.bound.set(key, "");
      levels.push({ indent, path, frame: frame(top.frame), position: 0 });
    } else if (/^[[{]/.test(written)) {
      for (const entry of jsonEntries(written, line)) {
        // A word without quotes is a text here.
        const { kind, text } = entry.value;
        const value = kind === "name" ? { kind: kindOf(text), text } : entry.value;
        entries.push({ ...entry, value, path: [...path, ...entry.path] });
      }
    } else add(plainValue(written), line, line);
  }
  return entries;
}

function isItem({ path }: Level): boolean {
  return path.at(-1)?.kind === "list";
}

function blockEnd(lines: readonly string[], from: number, indent: number): number {
  let end = from;
  while (end < lines.length) {
    const line = lines[end] ?? "";
    if (line.trim() !== "" && line.length - line.trimStart().length <= indent) break;
    end += 1;
  }
  return end;
}

function plainValue(written: string): string {
  const quoted = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(written)?.[2];
  return quoted ?? written.replace(/\s+#.*$/, "");
}
