import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import { EMPTY, type Entry, type Frame, type Scalar, type Step } from "./entry.ts";
import { HOLE } from "./scan-text.ts";

interface Walk {
  readonly lines: LineCounter;
  readonly entries: Entry[];
  frames: number;
}

const MAX_DEPTH = 60;
const MAX_NODES = 60_000;

/** `{{ .Values.model | default "gpt-4o" | quote }}` */
const TEMPLATE_DEFAULT = /\|\s*default\(?\s*["']([^"'\n]{1,120})["']/;
/** `${{ vars.MODEL || 'gpt-4o' }}` of a workflow. */
/** `<%= ENV.fetch("MODEL", "gpt-4o") %>` of Rails. */
const ENV_DEFAULT = /(?:,|\|\|)\s*["']?([^"',|\n]{1,120}?)["']?\s*\)?\s*%>$/;
const OTHERWISE = /^\$\{\{[^|\n]{1,200}\|\|\s*["']([^"'\n]{1,120})["']\s*\}\}$/;

/**
 * Templates (Helm, Jinja) are no YAML: a line of control is blanked, an expression inside a value
 * is
 * a hole of equal length, so that lines stay where they are.
 */
function withoutTemplates(source: string): string {
  if (!/\{[{%]|<%=/.test(source)) return source;
  return source
    .replace(/<%=[^%\n]{0,200}%>/g, (found) => ENV_DEFAULT.exec(found)?.[1] ?? HOLE)
    .replace(/^[ \t]*(?:\{\{[-#/ ]?[^}\n]{0,400}\}\}|\{%[^%\n]{0,400}%\})[ \t]*$/gm, "")
    .replace(/\$\{\{[^{}\n]{0,400}\}\}/g, (found) => OTHERWISE.exec(found)?.[1] ?? found)
    .replace(/\{\{[^{}\n]{0,400}\}\}/g, (found) => TEMPLATE_DEFAULT.exec(found)?.[1] ?? HOLE);
}

/** The scalars of every document of a YAML file. Broken files give what can be read of them. */
export function yamlEntries(source: string): Entry[] {
  const lines = new LineCounter();
  const walk: Walk = { lines, entries: [], frames: 0 };
  const documents = parseAllDocuments(withoutTemplates(source), {
    lineCounter: lines,
    strict: false,
    uniqueKeys: false,
    logLevel: "silent",
    keepSourceTokens: false,
    prettyErrors: false,
  });
  if (!Array.isArray(documents)) return walk.entries;
  for (const { contents } of documents) visit(walk, contents, [], newFrame(walk), 0);
  return walk.entries;
}

function newFrame(walk: Walk, owner?: Frame): Frame {
  walk.frames += 1;
  return { id: walk.frames, bound: new Map(), owner };
}

function visit(
  walk: Walk,
  node: unknown,
  path: readonly Step[],
  frame: Frame,
  position: number,
): void {
  if (path.length > MAX_DEPTH || walk.entries.length > MAX_NODES || isAlias(node)) return;
  if (isMap(node)) {
    const inner = newFrame(walk, frame);
    if (node.items.length === 0 && path.at(-1)?.kind === "key") {
      const line = walk.lines.linePos(node.range?.[0] ?? 0).line;
      const value: Scalar = { kind: "name", text: EMPTY };
      const entry = { path, scope: [], value, line, endLine: line, frame, position };
      walk.entries.push({ ...entry, role: "value" });
    }
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.key)) continue;
      const key = String(pair.key.value ?? "");
      const value: unknown = pair.value;
      if (isScalar(value) && typeof value.value !== "object") {
        inner.bound.set(key, String(value.value).slice(0, 80));
      } else if (!isScalar(value)) inner.bound.set(key, "");
      visit(walk, value, [...path, { name: key, kind: "key" }], inner, 0);
    }
  } else if (isSeq(node)) {
    const inner = newFrame(walk, frame);
    const item: Step[] = [...path, { name: "[]", kind: "list" }];
    for (const [index, value] of node.items.entries()) visit(walk, value, item, inner, index);
  } else if (isScalar(node)) scalar(walk, node, path, frame, position);
}

function scalar(
  walk: Walk,
  node: Node & { value: unknown; type?: string | undefined },
  path: readonly Step[],
  frame: Frame,
  position: number,
): void {
  const value = scalarOf(node.value);
  if (value === undefined) return;
  const [start = 0, end = start] = node.range ?? [];
  // A block scalar begins at its mark: the text is on the next line.
  const block = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
  const line = walk.lines.linePos(start).line + (block ? 1 : 0);
  walk.entries.push({
    path,
    scope: [],
    value,
    line,
    endLine: Math.max(line, walk.lines.linePos(Math.max(start, end - 1)).line),
    frame,
    position,
    role: "value",
  });
}

export function scalarOf(value: unknown): Scalar | undefined {
  if (value === null) return { kind: "null", text: "null" };
  if (typeof value === "string") return { kind: "text", text: value };
  if (typeof value === "number" || typeof value === "bigint") {
    return { kind: "number", text: String(value) };
  }
  return typeof value === "boolean" ? { kind: "boolean", text: String(value) } : undefined;
}
