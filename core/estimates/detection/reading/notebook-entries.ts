import type { Entry } from "./entry.ts";
import { jsonEntries } from "./json-entries.ts";
import { languageNamed } from "./language.ts";
import { sourceEntries } from "./source-entries.ts";

/**
 * The code cells of a notebook, each read as source; outputs and Markdown cells say nothing of
 * cost.
 */
export function notebookEntries(source: string): Entry[] {
  const python = languageNamed("python");
  if (python === undefined) return [];
  const read: Entry[] = [];
  // The frame of a cell is that of its "cell_type"; its lines follow it as the entries of "source".
  let code = true;
  let cell: { text: string; line: number }[] = [];
  const close = (): void => {
    if (code) read.push(...cellEntries(cell, (text) => sourceEntries(text, python)));
    cell = [];
  };
  for (const entry of jsonEntries(source)) {
    const names = entry.path.map(({ name }) => name);
    if (names[0] !== "cells") continue;
    const last = names.findLast((name) => name !== "[]");
    if (last === "source" && !names.includes("outputs")) {
      if (entry.position === 0) close();
      cell.push({ text: entry.value.text, line: entry.line });
    } else if (last === "cell_type") {
      // Written before its source in every notebook that Jupyter saves.
      close();
      code = entry.value.text === "code";
    }
  }
  close();
  return read;
}

/** Lines of the cell, moved to where they stand in the notebook's own JSON. */
function cellEntries(
  cell: readonly { text: string; line: number }[],
  read: (text: string) => Entry[],
): Entry[] {
  const lines = cell.flatMap(({ text, line }) =>
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((one) => ({ text: /^\s*[%!]/.test(one) ? "" : one, line })),
  );
  const at = (line: number): number => lines[line - 1]?.line ?? lines.at(-1)?.line ?? 1;
  return read(lines.map(({ text }) => text).join("\n")).map((entry) => ({
    ...entry,
    line: at(entry.line),
    endLine: at(entry.endLine),
  }));
}
