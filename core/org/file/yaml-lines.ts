import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";

export type FilePath = readonly (string | number)[];

export interface YamlProblem {
  readonly line: number;
  readonly message: string;
  readonly help: string;
}

export interface YamlText {
  /** Plain data, or undefined when the text is not YAML at all. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** The line (from 1) on which the value at the path, or what there is of the path, is written. */
  readonly lineOf: (path: FilePath) => number;
}

const MAX_BYTES = 10_000_000;

/** Parses YAML 1.2 and keeps the lines. Anchors and aliases are refused: a value stands where it is. */
export function readYaml(text: string): YamlText {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    const message = `the file is larger than ${MAX_BYTES / 1_000_000} MB`;
    return failed([{ line: 1, message, help: "Import people from the directory instead." }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const problems: YamlProblem[] = document.errors.map((error) => ({
    line: lineAt(error.pos[0]),
    message: error.code === "DUPLICATE_KEY" ? duplicateText(text, error.pos[0]) : error.message,
    help: error.code === "DUPLICATE_KEY" ? "Write it once." : "Correct the YAML here.",
  }));
  visit(document, {
    Alias: (_key, alias) => {
      problems.push({
        line: lineAt(alias.range?.[0] ?? 0),
        message: `*${alias.source} is an alias, and aliases are not read here`,
        help: "Write the value out.",
      });
    },
  });
  if (document.errors.some((error) => error.code !== "DUPLICATE_KEY")) return failed(problems);
  if (problems.some(({ message }) => message.includes("is an alias"))) return failed(problems);
  return {
    value: document.toJS(),
    problems,
    lineOf: (path) => lineAt(offsetOf(document.contents, path)),
  };
}

function failed(problems: readonly YamlProblem[]): YamlText {
  return { value: undefined, problems, lineOf: () => 1 };
}

function duplicateText(text: string, offset: number): string {
  const name = /^[^\s:]+/.exec(text.slice(offset, offset + 100))?.[0] ?? "a key";
  return `${name} is written twice in the same place`;
}

function offsetOf(root: Node | null, path: FilePath): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (isSeq(node) && typeof step === "number") {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)
    ? node.range?.[0]
    : undefined;
}
