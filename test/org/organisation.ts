import { readFileSync } from "node:fs";
import type pg from "pg";
import type { Take } from "#core/org/file/plan.ts";
import { applyFile, type By, type FileText } from "#core/org/service.ts";

export const EXAMPLE = readFileSync(new URL("../../aispend.example.yaml", import.meta.url), "utf8");
export const NOW = new Date("2026-11-22T12:00:00Z");
export const OPERATOR: By = { actor: "operator", actorAccount: "cli:root", surface: "cli" };

/** The example with another key: the same names in a second organisation. */
export function exampleOf(key: string): string {
  return EXAMPLE.replace("  key: acme\n", `  key: ${key}\n`);
}

export function fileOf(text: string): FileText {
  return { text, name: "aispend.yaml" };
}

/** Replaces a piece of a text that must be there. */
export function edited(text: string, ...changes: readonly [string, string][]): string {
  return changes.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the text lacks: ${from}`);
    return now.replace(from, to);
  }, text);
}

export function apply(
  pool: pg.Pool,
  text: string,
  options: { take?: Take; by?: By; now?: Date } = {},
) {
  const { take, by = OPERATOR, now = NOW } = options;
  return applyFile(pool, { file: fileOf(text), by, now, ...(take === undefined ? {} : { take }) });
}
