import { type Fact, makeFact, plainNumber, sameValue, unsetOf } from "../fact.ts";
import type { Reached } from "../prompts/prompt-flow.ts";
import type { Entry } from "../reading/entry.ts";
import { type CutText, hostOf, isSentThere } from "./cut-text.ts";
import type { ParameterContext } from "./parameter.ts";
import { boundNumbers } from "./parameter-flow.ts";

/** Numbers that a parameter is given under another name. */
export function addBound(
  facts: Fact[],
  entries: readonly Entry[],
  loose: readonly Entry[],
  file: ParameterContext,
): void {
  const bound = boundNumbers(entries, loose, file);
  for (const { entry, finding } of bound) {
    const { role, value } = finding;
    const meaning = unsetOf(role, value) ?? sameValue(value);
    facts.push(makeFact(entry, "params", role, { ...finding, value: plainNumber(value) }, meaning));
  }
  if (bound.length > 0) facts.sort((a, b) => a.line - b.line);
}

/** How much of a text goes into a prompt: where it is sent, or put into one under its name. */
export function addCuts(
  facts: Fact[],
  cuts: readonly CutText[],
  sent: readonly Entry[],
  handed: readonly Entry[],
  reached: ReadonlyMap<Entry, Reached>,
  tools: ReadonlySet<string>,
): void {
  const given = new Set([...sent, ...handed]);
  const hosts = new Set(sent.flatMap((one) => hostOf(one) ?? []));
  let added = false;
  for (const cut of cuts) {
    const { entry, taken } = cut;
    const within = cut.within !== undefined && reached.has(cut.within);
    if (!within && !reached.has(taken) && !isSentThere(cut, given, hosts, tools)) continue;
    const value = plainNumber(entry.value.text.replace(/^-/, ""));
    const why = "so much of it goes into a prompt";
    const found = { value, confidence: "possible" as const, why };
    facts.push(makeFact(entry, "params", "context size", found, sameValue(value)));
    added = true;
  }
  if (added) facts.sort((a, b) => a.line - b.line);
}
