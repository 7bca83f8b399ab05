import type { Fact } from "../fact.ts";

/** What embeds does not take the place of what answers. */
export const embeds = (model: string): boolean =>
  /embed|ada-002|bge-|minilm|mpnet|(?:^|[/:])(?:e5|gte)-/.test(model);

/** Of a configuration: what stands in one part of it does not take the place of what stood in another. */
export function sectionOf(where: string): string {
  const cut = where.indexOf(" > ");
  return cut === -1 || where.includes("()") ? "" : where.slice(0, cut);
}

export const inNoPart = (facts: readonly Fact[]): boolean =>
  facts.every(({ kind, where }) => kind !== "model" || sectionOf(where) === "");
