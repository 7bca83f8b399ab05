import { z } from "zod";

/** A figure for machines: an exact decimal with its unit. */
export const Figure = z.object({ amount: z.string(), unit: z.string() });
export type Figure = z.infer<typeof Figure>;

export const Fact = z.object({
  label: z.string(),
  /** As said to a person: "$2,914, up $402 (16%)". */
  value: z.string(),
});
export type Fact = z.infer<typeof Fact>;

export const Column = z.object({
  label: z.string(),
  align: z.enum(["left", "right"]).default("left"),
});
export type Column = z.infer<typeof Column>;

export const Table = z.object({
  caption: z.string(),
  columns: z.array(Column).min(1).max(20),
  /** Cells as said to a person, one per column. */
  rows: z.array(z.array(z.string())),
  /** How many more rows there are than are shown. */
  omitted: z.int().min(0).default(0),
});
export type Table = z.infer<typeof Table>;

export const Chart = z.object({
  kind: z.enum(["bar", "line", "stacked_bar"]),
  title: z.string(),
  /** "USD" or "tokens": how values are labelled. */
  unit: z.string(),
  categories: z.array(z.string()).min(1),
  /** Values are for drawing only (floats); the exact figures are in `figures` and the download. */
  series: z.array(z.object({ name: z.string(), values: z.array(z.number().nullable()) })).min(1),
  /** A range drawn behind the series: baseline band or forecast P10-P90. */
  band: z
    .object({
      name: z.string(),
      low: z.array(z.number().nullable()),
      high: z.array(z.number().nullable()),
    })
    .optional(),
  /** The chart in words: what a screen reader says, and what is sent where it cannot be drawn. */
  summary: z.string(),
});
export type Chart = z.infer<typeof Chart>;

/** Where the figures come from; every Answer with figures has one. */
export const Source = z.object({
  basis: z.enum(["metered", "billed", "reconciled", "estimated", "assumed", "none"]),
  /** Share of spend that resolves to a team, in percent with one decimal; absent where none applies. */
  attributedPercent: z.string().optional(),
  /** When the newest figure was recorded, ISO 8601 UTC; absent where there is none. */
  asOf: z.string().optional(),
  /** The same in the organisation's zone, as said: "Mon 08:55". */
  asOfSaid: z.string().optional(),
  note: z.string().optional(),
});
export type Source = z.infer<typeof Source>;

/**
 * What can be pressed. `ask` runs another command for the one who presses; `share` renders the
 * command anew for the room; `download` sends the CSV; `press` is a state change, authorised when it
 * is pressed and idempotent by `token`; `form` opens a form.
 */
export const Action = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ask"), label: z.string(), command: z.string() }),
  z.object({ kind: z.literal("share"), label: z.string(), command: z.string() }),
  z.object({ kind: z.literal("download"), label: z.string(), command: z.string() }),
  z.object({
    kind: z.literal("press"),
    label: z.string(),
    verb: z.string(),
    token: z.string(),
    style: z.enum(["default", "primary", "danger"]).default("default"),
    confirm: z.string().optional(),
  }),
  z.object({ kind: z.literal("form"), label: z.string(), form: z.string(), token: z.string() }),
]);
export type Action = z.infer<typeof Action>;

/** Who will read it: one person, or a room. The rendering for a room never holds one person's detail. */
export const Audience = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("person"), personId: z.number() }),
  z.object({ kind: z.literal("room") }),
  z.object({ kind: z.literal("operator") }),
]);
export type Audience = z.infer<typeof Audience>;

/**
 * A secret that is shown once, to one person, where no history keeps it: a modal, a dialog, the page. No
 * other renderer draws it and the outbox refuses it. `receipt` is pressed back as `notShown` where it could
 * not be shown.
 */
export const ShownSecret = z.object({
  label: z.string(),
  value: z.string(),
  notShown: z.string(),
  receipt: z.string(),
});
export type ShownSecret = z.infer<typeof ShownSecret>;

/** One command's answer; every surface is a renderer of it. */
export const Answer = z.object({
  /** The command in its canonical spelling; asking it again gives the same Answer. */
  command: z.string(),
  state: z.enum(["ok", "refused", "not_found", "wrong_usage"]).default("ok"),
  title: z.string(),
  /** One plain sentence that stands alone: the notification and what a screen reader says first. */
  sentence: z.string(),
  facts: z.array(Fact).default([]),
  table: Table.optional(),
  chart: Chart.optional(),
  /** Further lines, plain text; `details` goes into the thread or behind a fold. */
  notes: z.array(z.string()).default([]),
  details: z.array(z.string()).default([]),
  source: Source.optional(),
  actions: z.array(Action).default([]),
  audience: Audience,
  demonstration: z.boolean().default(false),
  /** Exact figures by name, for --json and tests. */
  figures: z.record(z.string(), Figure).default({}),
  /** Exact rows of the answer as CSV, decimals untouched. */
  download: z.object({ filename: z.string(), csv: z.string() }).optional(),
  secret: ShownSecret.optional(),
});
export type Answer = z.infer<typeof Answer>;
export type AnswerInput = z.input<typeof Answer>;
