import { EMPTY, type Entry, type Frame, type Scalar, type Step, settingOf } from "./entry.ts";

interface Level {
  readonly path: readonly Step[];
  readonly frame: Frame;
  readonly array: boolean;
  key: string | undefined;
  position: number;
  /** Nothing stands in it. */
  empty: boolean;
}

const TOKEN = new RegExp(
  [
    /"((?:[^"\\\n]|\\.)*)"/,
    /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/,
    /[{}[\]:,\n]|-?\d[\d.eE+-]*|[A-Za-z_$][\w$./@+-]*/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);
const MAX_DEPTH = 80;

/**
 * The values of a JSON or JSONC file with their lines. Broken files give what can be read of
 * them.
 */
export function jsonEntries(source: string, firstLine = 1): Entry[] {
  const entries: Entry[] = [];
  let frames = 1;
  let line = firstLine;
  const levels: Level[] = [
    {
      path: [],
      frame: { id: 0, bound: new Map() },
      array: true,
      key: undefined,
      position: 0,
      empty: true,
    },
  ];
  TOKEN.lastIndex = 0;
  for (const found of source.matchAll(TOKEN)) {
    const [token, string] = found;
    const top = levels.at(-1);
    if (top === undefined) break;
    if (/^[^\n/}\]]/.test(token)) top.empty = false;
    if (token === "\n") line += 1;
    else if (token.startsWith("/")) line += token.split("\n").length - 1;
    else if (token === "{" || token === "[") {
      const array = token === "[";
      const path = pathOf(top);
      if (top.key !== undefined) top.frame.bound.set(top.key, "");
      const inner: Step[] = array ? [...path, { name: "[]", kind: "list" }] : [...path];
      if (levels.length < MAX_DEPTH) {
        const frame: Frame = { id: frames, bound: new Map(), owner: top.frame };
        levels.push({ path: inner, frame, array, key: undefined, position: 0, empty: true });
      }
      frames += 1;
    } else if (token === "}" || token === "]") {
      if (levels.length > 1) levels.pop();
      const owner = levels.at(-1);
      if (token === "}" && top.empty && owner?.key !== undefined)
        entries.push(emptyIn(owner, line));
    } else if (token === ",") {
      top.key = undefined;
      top.position += 1;
    } else if (token !== ":") {
      const value = scalar(token, string);
      if (!top.array && top.key === undefined) top.key = value.text;
      else {
        if (top.key !== undefined) top.frame.bound.set(top.key, value.text.slice(0, 80));
        const position = top.array ? top.position : 0;
        const { frame } = top;
        entries.push({
          path: pathOf(top),
          scope: [],
          value,
          line,
          endLine: line,
          frame,
          position,
          role: "value",
        });
      }
    }
  }
  return entries;
}

/** `"gpt-4o": {}` names its key. */
function emptyIn(owner: Level, line: number): Entry {
  const { frame } = owner;
  const value: Scalar = { kind: "name", text: EMPTY };
  return settingOf({ path: pathOf(owner), value, line, endLine: line, frame });
}

function pathOf({ path, key }: Level): readonly Step[] {
  return key === undefined ? path : [...path, { name: key, kind: "key" }];
}

function scalar(token: string, string: string | undefined): Scalar {
  if (string !== undefined) return { kind: "text", text: unescaped(token, string) };
  if (token === "true" || token === "false") return { kind: "boolean", text: token };
  if (token === "null") return { kind: "null", text: token };
  const number = Number(token);
  return Number.isNaN(number)
    ? { kind: "name", text: token }
    : { kind: "number", text: String(number) };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "", f: "" };

function unescaped(token: string, string: string): string {
  if (!token.includes("\\")) return string;
  return string.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/g,
    (_, hex: string | undefined, one: string) =>
      hex === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
