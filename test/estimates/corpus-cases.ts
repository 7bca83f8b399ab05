import { readdirSync, readFileSync } from "node:fs";
import type { FileVersions } from "#core/estimates/detection/file-versions.ts";

/** One change that a case expects; `from` and `to` are compared for models and parameters. */
export interface Expected {
  readonly kind: "model" | "prompt" | "params";
  readonly path: string;
  readonly line: number;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Case {
  readonly name: string;
  readonly expected: readonly Expected[];
  readonly files: readonly FileVersions[];
}

const FOLDER = new URL("corpus/", import.meta.url);

/**
 * A corpus file holds cases: `#### name`, one line for each expected change or `nothing`, then per
 * file `<<<< path`, the text before, `====`, the text after, `>>>>`. An absent side is `(absent)`.
 */
export function corpusCases(): Case[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .flatMap((name) =>
      readFileSync(new URL(name, FOLDER), "utf8")
        .split(/^#### /m)
        .slice(1)
        .map(readCase),
    );
}

function readCase(text: string): Case {
  const [head = "", ...parts] = text.split(/^<<<< /m);
  const [name = "", ...lines] = head.trim().split("\n");
  const expected = lines
    .filter((line) => line !== "nothing")
    .map((line) => readExpected(name, line));
  if (lines.length === 0) throw new Error(`${name} expects neither changes nor nothing`);
  return { name, expected, files: parts.map((part) => readFile(name, part)) };
}

function readExpected(name: string, line: string): Expected {
  const found = /^(model|prompt|params) (\S+):(\d+)(?: (.+) -> (.+))?$/.exec(line);
  const [, kind, path = "", at, from, to] = found ?? [];
  if (kind !== "model" && kind !== "prompt" && kind !== "params") {
    throw new Error(`${name}: cannot read '${line}'`);
  }
  const side = (text: string | undefined): string | null =>
    text === undefined || text === "(none)" ? null : text;
  return { kind, path, line: Number(at), from: side(from), to: side(to) };
}

function readFile(name: string, part: string): FileVersions {
  const found = /^([^\n]+)\n([\s\S]*?)^====\n([\s\S]*?)^>>>>$/m.exec(part);
  const [, paths = "", before = "", after = ""] = found ?? [];
  if (found === null) throw new Error(`${name}: cannot read the file ${part.slice(0, 40)}`);
  const [path = "", basePath] = paths.split(" was ");
  const side = (text: string): FileVersions["base"] =>
    text === "(absent)\n" ? { state: "absent" } : { state: "text", text };
  return { path, basePath, base: side(before), head: side(after) };
}
