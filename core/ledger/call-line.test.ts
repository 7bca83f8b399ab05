import fc from "fast-check";
import { expect, it } from "vitest";
import { callLine, readCallLine } from "./call-line.ts";
import type { CallShape } from "./call-shape.ts";
import type { CostColumns } from "./draft.ts";
import type { Entry } from "./entry.ts";
import type { UsageEvent } from "./schema.ts";

const shared: UsageEvent = {
  source: "gateway",
  externalId: "first",
  occurredAt: "2026-11-18T12:00:00.000Z",
  kind: "call",
  basis: "metered",
  requestCount: 1,
  provider: "openai",
  model: "gpt-4o",
  serviceTier: "standard",
  status: "ok",
  tokens: { input: 1, output: 1 },
  tags: { agent: "triage" },
  key: "key-ci",
  estimated: false,
  // What the first call of a shape has of its own is not the others'.
  session: "the first one's",
  latencyMs: 7,
};
const costs: CostColumns = {
  input_cost: 1n,
  cache_read_cost: 2n,
  cache_write_cost: 3n,
  output_cost: 4n,
  reasoning_cost: 5n,
  other_cost: 6n,
  cost: 21n,
  list_cost: 22n,
  reported_cost: null,
  provenance: "a list",
};
const shape: CallShape = { event: shared, entry: {} as Entry, provenance: "a list", quarter: 0 };

const text = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.constantFrom("\\N", "\\", "a\tb\nc\rd", "\\t", "é\\\\n"),
);
const count = fc.integer({ min: 0, max: 2 ** 40 });
const own = fc.record(
  {
    promptRevision: text,
    session: text,
    trace: text,
    latencyMs: fc.integer({ min: 0, max: 2_000_000_000 }),
  },
  { requiredKeys: [] },
);
const tokens = fc.record(
  {
    input: count,
    cacheRead: count,
    cacheWrite5m: count,
    cacheWrite1h: count,
    output: count,
    reasoning: count,
  },
  { requiredKeys: [] },
);

it("is read back as the call that it was made of, whatever its texts hold", () => {
  fc.assert(
    fc.property(text, own, tokens, (externalId, said, counted) => {
      const { session: _s, latencyMs: _l, ...rest } = shared;
      const event: UsageEvent = { ...rest, ...said, externalId, tokens: counted };
      const line = callLine(1, event, costs);
      // One line, whatever is in it: COPY would take the rest for another call.
      expect(line.indexOf("\n")).toBe(line.length - 1);
      expect(line.split("\t")).toHaveLength(21);
      expect(readCallLine(line.slice(0, -1), [shape, shape])).toEqual(event);
    }),
  );
});
