interface Remainder {
  readonly n: bigint;
  readonly d: bigint;
}

/** left > right as exact ratios with positive denominators. */
function exceeds(left: Remainder, right: Remainder): boolean {
  return left.n * right.d > right.n * left.d;
}

/**
 * Adds the difference between `total` and the sum of `parts` one unit at a time to the parts whose
 * remainder points the same way, the largest first, ties to the earlier; a part without a remainder
 * is never touched. Negating all inputs negates the result.
 */
export function allocateRest(
  total: bigint,
  parts: readonly bigint[],
  remainders: readonly Remainder[],
): bigint[] {
  const result = [...parts];
  let rest = total - parts.reduce((sum, part) => sum + part, 0n);
  const sign = rest < 0n ? -1n : 1n;
  const order = remainders
    .map((remainder, index) => ({ index, size: { n: remainder.n * sign, d: remainder.d } }))
    .filter(({ size }) => size.n > 0n)
    .sort((a, b) =>
      exceeds(a.size, b.size) ? -1 : exceeds(b.size, a.size) ? 1 : a.index - b.index,
    );
  for (const { index } of order) {
    if (rest === 0n) break;
    result[index] = (result[index] ?? 0n) + sign;
    rest -= sign;
  }
  if (rest !== 0n) throw new Error("the parts and remainders do not add up to the total");
  return result;
}
