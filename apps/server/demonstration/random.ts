/** Numbers that look random and are the same on every machine: mulberry32, seeded by a text. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** One of the indexes of `weights`, each in proportion to its weight. */
  pick(weights: readonly number[]): number;
  /** Around 1, heavier to the right: exp of a sum of uniforms, whose spread is about `spread`. */
  factor(spread: number): number;
}

export function randomOf(seed: string): Random {
  let state = fnv1a(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    pick(weights) {
      let left = next() * weights.reduce((sum, weight) => sum + weight, 0);
      for (const [index, weight] of weights.entries()) {
        left -= weight;
        if (left < 0) return index;
      }
      return weights.length - 1;
    },
    factor: (spread) => Math.exp(spread * (next() + next() + next() - 1.5) * 2),
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash;
}

/** Weights by rank in which the first twentieth carries most: users of agents are like that. */
export function heavyTail(count: number, exponent: number): number[] {
  return Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** exponent);
}
