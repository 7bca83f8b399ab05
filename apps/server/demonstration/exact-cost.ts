/** A change that can be made to a month of usage any number of times, and what it does to the cost. */
export interface Coin {
  /** Nano-dollars; not 0. */
  readonly value: bigint;
  /** Makes the change `times` times; negative undoes. */
  readonly change: (times: bigint) => void;
}

/**
 * Changes the usage so that its cost moves by exactly `amount`: the last cents that dividing by
 * prices leaves over. The first coin takes most of it; the others, as few as possible, make up for
 * the rest that it cannot divide (a search over the remainders by the first coin's value).
 */
export function moveCostBy(amount: bigint, coins: readonly Coin[]): void {
  const [first, ...others] = coins;
  if (first === undefined) throw new Error("nothing can change the cost");
  const modulus = first.value < 0n ? -first.value : first.value;
  const wanted = remainder(amount, modulus);
  const reached = new Map<bigint, { from: bigint; coin: Coin } | undefined>([[0n, undefined]]);
  const queue = [0n];
  for (const from of queue) {
    if (reached.has(wanted)) break;
    for (const coin of others) {
      const next = remainder(from + coin.value, modulus);
      if (reached.has(next)) continue;
      reached.set(next, { from, coin });
      queue.push(next);
    }
  }
  if (!reached.has(wanted)) throw new Error(`prices do not divide ${amount} nano-dollars`);
  let left = amount;
  let step = reached.get(wanted);
  while (step !== undefined) {
    step.coin.change(1n);
    left -= step.coin.value;
    step = reached.get(step.from);
  }
  first.change(left / first.value);
}

function remainder(value: bigint, modulus: bigint): bigint {
  return ((value % modulus) + modulus) % modulus;
}
