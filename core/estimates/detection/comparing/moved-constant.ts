import { group } from "d3-array";
import { fileKind } from "../file-kind.ts";
import type { FileVersions } from "../file-versions.ts";
import type { LeftOver, Located } from "./match.ts";

/** Longer files are not looked through for each constant that they lost. */
const MAX_LOST = 100;

/**
 * A constant that its file names as before but defines no more: it stands elsewhere, `MODEL` as
 * `settings.MODEL`. With another value there it has changed; a value that nobody sees has not.
 */
export function withMovedConstants(left: LeftOver, files: readonly FileVersions[]): LeftOver {
  const lost = left.removed.filter(
    ({ path, fact }) => constantOf(fact) !== undefined && isSource(path),
  );
  if (lost.length === 0 || lost.length > MAX_LOST) return left;
  const byFile = group(lost, ({ path }) => path);
  const known = files.flatMap(({ path, head }) => {
    const here = byFile.get(path) ?? [];
    if (here.length === 0 || head.state !== "text") return [];
    const lines = head.text.split("\n").filter((line) => !COMMENT.test(line));
    return here.filter(({ fact }) => isNamedFromElsewhere(lines, constantOf(fact) ?? ""));
  });
  const added = [...left.added];
  const edited = known.flatMap((from) => {
    const at = added.findIndex((to) => to.path !== from.path && isSameConstant(from, to));
    return at === -1 ? [] : added.splice(at, 1).map((to) => ({ from, to }));
  });
  const gone = new Set(known);
  return {
    removed: left.removed.filter((one) => !gone.has(one)),
    added,
    edited: [...left.edited, ...edited],
  };
}

const COMMENT = /^\s*(?:#|\/\/|\*|\/\*|--)/;

/** What a script or a configuration names and does not set comes from whoever runs it. */
function isSource(path: string): boolean {
  const kind = fileKind(path);
  return kind.state === "read" && kind.format === "source";
}

/** The name of a constant that is set to one model or parameter as a whole. */
function constantOf({ kind, defines, where }: Located["fact"]): string | undefined {
  const whole = defines !== undefined && (where === defines || where.endsWith(` > ${defines}`));
  return kind !== "prompt" && whole && !/^_/.test(defines) ? defines : undefined;
}

function isSameConstant({ fact: from }: Located, { fact: to }: Located): boolean {
  return from.kind === to.kind && from.role === to.role && from.name === to.name;
}

/** Is the name read here, as a member or as it is, and never set? */
function isNamedFromElsewhere(lines: readonly string[], name: string): boolean {
  const whole = new RegExp(`(?<![\\w$"'])${name}(?![\\w$"'])`);
  const sets = new RegExp(`(?<![\\w$.:])${name}\\s*(?:[:?|]*=(?![=>])|\\??:(?!:)|;)`);
  const named = lines.filter((line) => line.includes(name) && whole.test(line));
  return named.length > 0 && !named.some((line) => sets.test(line));
}
