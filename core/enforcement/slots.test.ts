import fc from "fast-check";
import { expect, it } from "vitest";
import { createSlots } from "./slots.ts";

it("keeps what was added under its own number until that is taken, as a Map would", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 40 })), (steps) => {
      const slots = createSlots<{ name: string }>();
      const known = new Map<number, { name: string }>();
      const given: number[] = [];
      for (const [at, step] of steps.entries()) {
        if (step < 0) {
          const value = { name: `v${at}` };
          const id = slots.add(value);
          // Never one that there was before.
          expect(given).not.toContain(id);
          given.push(id);
          known.set(id, value);
        } else {
          const id = given[step] ?? step;
          expect(slots.take(id)).toBe(known.get(id));
          known.delete(id);
        }
        expect(slots.size()).toBe(known.size);
        expect(new Set(slots.values())).toEqual(new Set(known.values()));
      }
    }),
  );
});
