import fc from "fast-check";
import { Answer } from "#core/answers/schema.ts";

/** Text as a hostile name could be: Markdown, markup, halves of characters, far too long. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(
    "",
    "**bold** _it_ [x](https://attacker.example) `code`",
    "<at>everyone</at> & <script>",
    "\ud800 half \udc00",
    "\u202egnitsil\u2066",
    "line\nbreak\r\n# heading\u2028x",
    '"\\u0000"\\',
    "\u0000\u0007\u001b[31m",
    "漢".repeat(6_000),
    "😀".repeat(4_000),
    "a".repeat(30_000),
  ),
);
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(0));
const values = fc.array(fc.option(number), { maxLength: 40 });

const chart = fc.record(
  {
    kind: fc.constantFrom("bar" as const, "line" as const, "stacked_bar" as const),
    title: text,
    unit: text,
    categories: fc.array(text, { minLength: 1, maxLength: 130 }),
    series: fc.array(fc.record({ name: text, values }), { minLength: 1, maxLength: 9 }),
    band: fc.record({ name: text, low: values, high: values }),
    summary: text,
  },
  { requiredKeys: ["kind", "title", "unit", "categories", "series", "summary"] },
);

const table = fc.record({
  caption: text,
  columns: fc.array(
    fc.record({ label: text, align: fc.constantFrom("left" as const, "right" as const) }),
    { minLength: 1, maxLength: 20 },
  ),
  rows: fc.array(fc.array(text, { maxLength: 22 }), { maxLength: 40 }),
  omitted: fc.nat(),
});

const action = fc.oneof(
  fc.record({
    kind: fc.constantFrom("ask" as const, "share" as const, "download" as const),
    label: text,
    command: text,
  }),
  fc.record(
    {
      kind: fc.constant("press" as const),
      label: text,
      verb: text,
      token: text,
      style: fc.constantFrom("default" as const, "primary" as const, "danger" as const),
      confirm: text,
    },
    { requiredKeys: ["kind", "label", "verb", "token"] },
  ),
  fc.record({ kind: fc.constant("form" as const), label: text, form: text, token: text }),
);

export const hostileAnswer: fc.Arbitrary<Answer> = fc
  .record(
    {
      command: text,
      title: text,
      sentence: text,
      facts: fc.array(fc.record({ label: text, value: text }), { maxLength: 30 }),
      table,
      chart,
      notes: fc.array(text, { maxLength: 30 }),
      details: fc.array(text, { maxLength: 90 }),
      source: fc.record({ basis: fc.constant("metered" as const), asOfSaid: text, note: text }),
      actions: fc.array(action, { maxLength: 20 }),
      demonstration: fc.boolean(),
    },
    { requiredKeys: ["command", "title", "sentence"] },
  )
  .map((input) => Answer.parse({ ...input, audience: { kind: "room" } }));
