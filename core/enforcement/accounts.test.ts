import fc from "fast-check";
import { expect, it } from "vitest";
import { createAccounts } from "./accounts.ts";

const ROWS = ["org", "team", "project", "agent", "key"];

/** One step: what is done, to which hold, with which amount, on how much of the chain. */
const step = fc.record({
  what: fc.constantFrom("reserve", "settle", "settle", "expire", "limit"),
  hold: fc.nat({ max: 9 }),
  amount: fc.bigInt({ min: 0n, max: 400n }),
  from: fc.nat({ max: 4 }),
});

it("never commits more than the cap on any row of the chain, whatever happens in whatever order", () => {
  const limits = fc.array(fc.bigInt({ min: 0n, max: 1_000n }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 80 }), (caps, steps) => {
      const accounts = createAccounts();
      for (const [index, row] of ROWS.entries()) accounts.setLimit(row, caps[index]);
      const amounts = new Map<string, bigint>();
      const generation = new Map<number, number>();
      for (const { what, hold, amount, from } of steps) {
        const id = `${hold}.${generation.get(hold) ?? 0}`;
        if (what === "reserve" && !amounts.has(id)) {
          if (accounts.reserve(id, ROWS.slice(from), amount).state === "fits") {
            amounts.set(id, amount);
          }
        }
        const held = amounts.get(id);
        if (what === "settle" && held !== undefined) {
          // A bounded request: its cost is at most its hold.
          const cost = amount < held ? amount : held;
          expect(accounts.settle(id, cost)).toBe(true);
          expect(accounts.settle(id, cost)).toBe(false);
          amounts.delete(id);
          generation.set(hold, (generation.get(hold) ?? 0) + 1);
        }
        if (what === "expire") accounts.expire(id);
        for (const [index, row] of ROWS.entries()) {
          const { settled, held: under, unconfirmed } = accounts.counterOf(row);
          expect(settled + under + unconfirmed <= (caps[index] ?? 0n)).toBe(true);
          expect(settled >= 0n && under >= 0n && unconfirmed >= 0n).toBe(true);
        }
      }
    }),
    { numRuns: 300 },
  );
});

it("goes past the cap by no more than what requests cost above their holds", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 600 }))), (requests) => {
      const accounts = createAccounts();
      accounts.setLimit("key", 1_000n);
      let excess = 0n;
      for (const [index, [amount, cost]] of requests.entries()) {
        const id = String(index);
        if (accounts.reserve(id, ["key"], BigInt(amount)).state !== "fits") continue;
        accounts.settle(id, BigInt(cost));
        if (cost > amount) excess += BigInt(cost - amount);
        expect(accounts.counterOf("key").settled <= 1_000n + excess).toBe(true);
      }
    }),
  );
});

it("says whether a cap is used up, or only spoken for by what is under way", () => {
  const accounts = createAccounts();
  accounts.setLimit("org", 1_000n);
  accounts.setLimit("key", 100n);
  expect(accounts.reserve("a", ["org", "key"], 80n)).toEqual({ state: "fits" });
  expect(accounts.reserve("b", ["org", "key"], 30n)).toEqual({
    state: "reserved",
    index: 1,
    room: 20n,
  });
  accounts.settle("a", 80n);
  expect(accounts.reserve("b", ["org", "key"], 30n)).toEqual({
    state: "exceeded",
    index: 1,
    room: 20n,
  });
  expect(accounts.reserve("b", ["org", "key"], 20n)).toEqual({ state: "fits" });
  expect(accounts.counterOf("org").held).toBe(20n);
});

it("keeps a hold that nobody saw end as spent, until its end is seen", () => {
  const accounts = createAccounts();
  accounts.setLimit("key", 100n);
  accounts.reserve("a", ["key"], 60n);
  expect([accounts.expire("a"), accounts.expire("a")]).toEqual([true, false]);
  expect(accounts.counterOf("key")).toMatchObject({ held: 0n, unconfirmed: 60n });
  expect(accounts.reserve("b", ["key"], 50n).state).toBe("exceeded");
  accounts.settle("a", 25n);
  expect(accounts.counterOf("key")).toMatchObject({ settled: 25n, unconfirmed: 0n });
  expect(accounts.open()).toBe(0);
});
