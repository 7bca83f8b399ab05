import type { PriceLine } from "#core/pricing/price-lines.ts";

/** "$2.50": exact, and never with a single digit of cents. */
export function saidPrice({ price }: PriceLine): string {
  return `$${/\.\d$/.test(price) ? `${price}0` : price}`;
}

/** "$3 in, $15 out per million tokens". */
export function shortly(lines: readonly PriceLine[]): string {
  const of = (unit: PriceLine["unit"]) =>
    lines.find(
      (line) => line.unit === unit && line.above === undefined && line.hours === undefined,
    );
  const parts = [
    [of("input"), "in"],
    [of("output"), "out"],
  ] as const;
  const said = parts.flatMap(([line, word]) =>
    line === undefined ? [] : [`${saidPrice(line)} ${word}`],
  );
  return said.length === 0 ? "no price per token" : `${said.join(", ")} per million tokens`;
}
