/** A long expression over several lines: line ends and the indentation behind them are left out. */
export function pattern(parts: TemplateStringsArray): RegExp {
  return new RegExp(joined(parts));
}

export function patternOfAnyCase(parts: TemplateStringsArray): RegExp {
  return new RegExp(joined(parts), "i");
}

function joined(parts: TemplateStringsArray): string {
  return parts.raw.join("").replace(/\n\s*/g, "");
}
