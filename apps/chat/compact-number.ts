const STEPS = [
  { from: 1e12, letter: "T" },
  { from: 1e9, letter: "B" },
  { from: 1e6, letter: "M" },
  { from: 1e3, letter: "K" },
];

/** A value of a chart's axis, for drawing only: "$1.2K" with the unit USD, else "1.2M". */
export function compactNumber(value: number, unit: string): string {
  const magnitude = Math.abs(value);
  const step = STEPS.find(({ from }) => magnitude >= from);
  const scaled = step === undefined ? magnitude : magnitude / step.from;
  const digits = Number(scaled.toPrecision(3)).toString();
  return `${value < 0 ? "-" : ""}${unit === "USD" ? "$" : ""}${digits}${step?.letter ?? ""}`;
}
