import fc from "fast-check";
import type { Form, FormField } from "#apps/chat/surface.ts";
import { Answer } from "#core/answers/schema.ts";

/** Texts that somebody, somewhere, gives to a team. */
const nasty = fc.constantFrom(
  "",
  " ",
  "\u0000\n\t",
  "<!channel>",
  "<@U123|ana>",
  "&lt;!here&gt;",
  "```",
  "*_~`",
  "\ud83d",
  "\u202egnp.exe",
  "支払い😀".repeat(40),
  "&<>".repeat(2000),
  "x".repeat(5000),
);
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 300 }) },
  { weight: 2, arbitrary: nasty },
);
const value = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null });

const table = fc.integer({ min: 1, max: 20 }).chain((columns) =>
  fc.record({
    caption: text,
    columns: fc.array(
      fc.record({ label: text, align: fc.constantFrom("left" as const, "right" as const) }),
      { minLength: columns, maxLength: columns },
    ),
    rows: fc.array(fc.array(text, { maxLength: columns }), { maxLength: 120 }),
    omitted: fc.nat(),
  }),
);

const label = fc.oneof(text, fc.string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" }));
const chart = fc.record(
  {
    kind: fc.constantFrom("bar" as const, "line" as const, "stacked_bar" as const),
    title: text,
    unit: fc.oneof(text, fc.constant("USD")),
    categories: fc.array(label, { minLength: 1, maxLength: 25 }),
    series: fc.array(fc.record({ name: label, values: fc.array(value, { maxLength: 25 }) }), {
      minLength: 1,
      maxLength: 8,
    }),
    band: fc.record({ name: text, low: fc.array(value), high: fc.array(value) }),
    summary: text,
  },
  { requiredKeys: ["kind", "title", "unit", "categories", "series", "summary"] },
);

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

/** Any Answer that its schema lets through. */
export const arbitraryAnswer: fc.Arbitrary<Answer> = fc
  .record(
    {
      command: text,
      state: fc.constantFrom(
        "ok" as const,
        "refused" as const,
        "not_found" as const,
        "wrong_usage" as const,
      ),
      title: text,
      sentence: text,
      facts: fc.array(fc.record({ label: text, value: text }), { maxLength: 40 }),
      table,
      chart,
      notes: fc.array(text, { maxLength: 30 }),
      details: fc.array(text, { maxLength: 30 }),
      source: fc.record(
        {
          basis: fc.constantFrom("metered" as const, "billed" as const, "none" as const),
          attributedPercent: text,
          asOf: text,
          asOfSaid: text,
          note: text,
        },
        { requiredKeys: ["basis"] },
      ),
      actions: fc.array(action, { maxLength: 40 }),
      audience: fc.constantFrom(
        { kind: "room" as const },
        { kind: "person" as const, personId: 1 },
        { kind: "operator" as const },
      ),
      demonstration: fc.boolean(),
    },
    { requiredKeys: ["command", "title", "sentence", "audience"] },
  )
  .map((input) => Answer.parse(input));

const field: fc.Arbitrary<FormField> = fc
  .record({ name: text, label: text, hint: text, required: fc.boolean(), initial: text })
  .chain((common) =>
    fc.oneof(
      fc.record({ multiline: fc.boolean(), maxLength: fc.nat(9000) }).map((text) => ({
        ...common,
        ...text,
        kind: "text" as const,
      })),
      fc.constant({ ...common, kind: "money" as const }),
      fc.constant({ ...common, kind: "number" as const, min: 0, max: 31 }),
      fc.constant({ ...common, kind: "date" as const }),
      fc
        .record({
          multiple: fc.boolean(),
          options: fc.array(fc.record({ value: text, label: text }), {
            maxLength: 250,
            size: "max",
          }),
        })
        .map((choice) => ({ ...common, ...choice, kind: "choice" as const })),
    ),
  );

export const arbitraryForm: fc.Arbitrary<Form> = fc.record({
  title: text,
  intro: fc.option(text, { nil: undefined }),
  verb: fc.string({ maxLength: 60 }),
  token: fc.string({ maxLength: 200 }),
  submitLabel: text,
  fields: fc.array(field, { maxLength: 12 }),
});
