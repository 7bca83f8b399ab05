import fc from "fast-check";
import { expect, it } from "vitest";
import { grantOf, sliceOf, surplusOf } from "./lease.ts";

const step = fc.record({
  replica: fc.nat({ max: 3 }),
  what: fc.constantFrom("draw", "hold", "settle", "release", "die"),
  amount: fc.bigInt({ min: 1n, max: 300n }),
  share: fc.bigInt({ min: 0n, max: 100n }),
});

interface Replica {
  granted: bigint;
  holds: bigint[];
}

it("never lends more than there is, to any number of processes that hold, settle, give back and die", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 5_000n }),
      fc.array(step, { maxLength: 120 }),
      (limit, steps) => {
        const central = { settled: 0n, held: 0n, unconfirmed: 0n };
        let spent = 0n;
        const replicas: Replica[] = [0, 1, 2, 3].map(() => ({ granted: 0n, holds: [] }));
        const freeOf = ({ granted, holds }: Replica) => granted - holds.reduce((a, b) => a + b, 0n);
        for (const { replica: index, what, amount, share } of steps) {
          const replica = replicas[index];
          if (replica === undefined) continue;
          const room = limit - central.settled - central.held - central.unconfirmed;
          if (what === "draw") {
            const wants = [amount, share];
            const grant = grantOf({ limit, room, free: freeOf(replica), wants, replicas: 4 });
            expect(grant >= 0n && grant <= (room > 0n ? room : 0n)).toBe(true);
            central.held += grant;
            replica.granted += grant;
          } else if (what === "hold" && freeOf(replica) >= amount) replica.holds.push(amount);
          else if (what === "settle" && replica.holds.length > 0) {
            const hold = replica.holds.pop() ?? 0n;
            const cost = (hold * share) / 100n;
            spent += cost;
            central.settled += cost;
            central.held -= cost;
            replica.granted -= cost;
          } else if (what === "release") {
            const back = surplusOf({ limit, room, free: freeOf(replica), replicas: 4 });
            expect(back >= 0n && back <= freeOf(replica)).toBe(true);
            central.held -= back;
            replica.granted -= back;
          } else if (what === "die") {
            // What it had under way is charged all the same.
            spent += replica.holds.reduce((a, b) => a + b, 0n);
            central.held -= replica.granted;
            central.unconfirmed += replica.granted;
            replicas[index] = { granted: 0n, holds: [] };
          }
          expect(central.settled + central.held + central.unconfirmed <= limit).toBe(true);
          expect(spent <= limit).toBe(true);
        }
      },
    ),
    { numRuns: 300 },
  );
});

it("lends a fiftieth at a time, near the cap only what is needed, and nothing to who does not fit", () => {
  const lend = (room: bigint, wants: bigint[], free = 0n) =>
    grantOf({ limit: 10_000n, room, free, wants, replicas: 2 });
  expect(lend(10_000n, [30n])).toBe(30n + 200n);
  // A quarter of what is left when two share it.
  expect(lend(130n, [30n])).toBe(30n + 25n);
  expect(lend(20n, [30n])).toBe(0n);
  expect(lend(0n, [30n])).toBe(0n);
  expect(lend(40n, [30n, 30n, 5n])).toBe(35n + 1n);
  expect(lend(1_000n, [30n], 500n)).toBe(200n);
  expect(sliceOf(10_000n, -5n, 2)).toBe(0n);
});

it("gives back what others may need only when the cap is nearly used up", () => {
  const back = (room: bigint, free: bigint) =>
    surplusOf({ limit: 10_000n, room, free, replicas: 2 });
  expect(back(5_000n, 200n)).toBe(0n);
  expect(back(0n, 200n)).toBe(150n);
  // A cap that was lowered under it: all of it.
  expect(back(-900n, 200n)).toBe(200n);
});
