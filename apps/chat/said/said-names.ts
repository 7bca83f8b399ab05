const CHOICE = new Intl.ListFormat("en-GB", { type: "disjunction" });
const ALL = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** "Ana, Ben or Cleo". */
export function anyOf(names: readonly string[]): string {
  return CHOICE.format(names);
}

/** "Ana, Ben and Cleo". */
export function allOf(names: readonly string[]): string {
  return ALL.format(names);
}
