/**
 * What is under way, each under a number that is never given again. A Map would do, but for every so many
 * changes it moves into a new table, and V8's old table points to the new one: once a table is old enough
 * to be left out of small collections, all that was ever in those after it stays in memory until the next
 * full one. Of a gateway that is every request with all that belongs to it.
 */
export interface Slots<T> {
  add(value: T): number;
  /** Undefined: it was taken before, or never there. */
  take(id: number): T | undefined;
  values(): Iterable<T>;
  readonly size: () => number;
}

/** More than are ever under way at once; the other 2^33 numbers of a slot last longer than any process. */
const MOST = 2 ** 20;

interface Slot<T> {
  id: number;
  value: T | undefined;
}

export function createSlots<T extends object>(): Slots<T> {
  const slots: Slot<T>[] = [];
  const free: Slot<T>[] = [];
  return {
    add(value) {
      let slot = free.pop();
      if (slot === undefined) {
        if (slots.length === MOST) throw new RangeError(`${MOST} are under way already`);
        slot = { id: slots.length, value };
        slots.push(slot);
      } else slot.value = value;
      return slot.id;
    },
    take(id) {
      const slot = slots[id % MOST];
      if (slot === undefined || slot.id !== id || slot.value === undefined) return undefined;
      const { value } = slot;
      slot.value = undefined;
      slot.id += MOST;
      free.push(slot);
      return value;
    },
    *values() {
      for (const { value } of slots) if (value !== undefined) yield value;
    },
    size: () => slots.length - free.length,
  };
}
