import fc from "fast-check";
import { expect, it } from "vitest";
import type { Day } from "#core/time.ts";
import type { Cap } from "./cap.ts";
import { roomOf } from "./counter.ts";
import { counterOf, freeOf, newRow, roomAt } from "./local-row.ts";

const cap: Cap = {
  subject: { kind: "scope", id: 0 },
  period: "month",
  amount: 1n,
  isHard: true,
  shadowUntil: undefined,
  raises: [],
  name: "acme",
  raisedBy: [],
  command: undefined,
};
const period = { start: "2026-11-01" as Day, end: "2026-12-01" as Day };
const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });

it("has the room that a refusal would say it has", () => {
  const known = fc.record({ settled: amount, held: amount, unconfirmed: amount });
  const lent = fc.record({ granted: amount, outstanding: amount, used: amount, releasing: amount });
  fc.assert(
    fc.property(amount, amount, known, lent, (limit, cost, standing, amounts) => {
      const row = { ...newRow("row", cap, period), ...amounts, cost, known: standing };
      expect(roomAt(row, limit, freeOf(row))).toBe(roomOf(counterOf(row, limit)));
    }),
  );
});
