import { createRequire } from "node:module";
import { z } from "zod";
import { type CardElement, cardBytes } from "#apps/teams/card.ts";
import { CARD_BYTES_MAX } from "#apps/teams/render.ts";

// Its module file cannot be loaded by plain Node; the bundle can.
const adaptivecards: typeof import("adaptivecards") = createRequire(import.meta.url)(
  "adaptivecards/dist/adaptivecards.js",
);

const ACTIONS_SHOWN = 6;

const Text = z
  .string()
  .min(1)
  .regex(/^[^\p{Cc}\p{Surrogate}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u);
const Spacing = z.enum(["None", "Small", "Medium"]).optional();

const TextRun = z.strictObject({
  type: z.literal("TextRun"),
  text: Text,
  weight: z.literal("Bolder").optional(),
  size: z.enum(["Small", "Large"]).optional(),
  isSubtle: z.boolean().optional(),
  fontType: z.literal("Monospace").optional(),
});
const RichText = z.strictObject({
  type: z.literal("RichTextBlock"),
  spacing: Spacing,
  horizontalAlignment: z.literal("Right").optional(),
  inlines: z.array(TextRun).min(1),
});
const Table = z
  .strictObject({
    type: z.literal("Table"),
    firstRowAsHeaders: z.boolean(),
    showGridLines: z.boolean(),
    columns: z
      .array(
        z.strictObject({
          width: z.int().min(1),
          horizontalCellContentAlignment: z.literal("Right").optional(),
        }),
      )
      .min(1)
      .max(20),
    rows: z
      .array(
        z.strictObject({
          type: z.literal("TableRow"),
          cells: z.array(
            z.strictObject({ type: z.literal("TableCell"), items: z.array(RichText).length(1) }),
          ),
        }),
      )
      .min(1),
  })
  .refine((table) => table.rows.every((row) => row.cells.length === table.columns.length));

const Point = z.strictObject({ x: Text.max(40), y: z.number() });
const Colour = z.enum([
  "categoricalBlue",
  "categoricalMarigold",
  "categoricalTeal",
  "categoricalPurple",
  "neutral",
]);
const Sets = z.array(
  z.strictObject({ legend: Text.max(40), color: Colour, values: z.array(Point) }),
);
const chart = {
  title: Text,
  xAxisTitle: Text.optional(),
  yAxisTitle: Text,
  fallback: RichText,
};
const Chart = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("Chart.VerticalBar"),
    ...chart,
    color: Colour,
    data: z.array(Point).min(1),
  }),
  z.strictObject({
    type: z.literal("Chart.VerticalBar.Grouped"),
    ...chart,
    stacked: z.boolean(),
    data: Sets.min(1).max(4),
  }),
  z.strictObject({ type: z.literal("Chart.Line"), ...chart, data: Sets.min(1).max(6) }),
]);
const Input = z.looseObject({
  type: z.enum(["Input.Text", "Input.Number", "Input.Date", "Input.ChoiceSet"]),
  id: z.string().min(1),
  label: Text,
  isRequired: z.boolean(),
  errorMessage: Text,
});
const Leaf = z.union([RichText, Table, Chart, Input]);
const Container = z.strictObject({
  type: z.literal("Container"),
  id: z.string(),
  isVisible: z.literal(false),
  items: z.array(Leaf).min(1),
});
const ActionElement = z.looseObject({
  type: z.enum(["Action.Execute", "Action.Submit", "Action.ToggleVisibility"]),
  title: Text.max(40),
  mode: z.literal("secondary").optional(),
  style: z.enum(["positive", "destructive"]).optional(),
});

/** All that this product's cards may hold, and no more. */
const OurCard = z.strictObject({
  type: z.literal("AdaptiveCard"),
  $schema: z.string(),
  version: z.literal("1.5"),
  fallbackText: Text,
  msteams: z.strictObject({ width: z.literal("Full") }).optional(),
  body: z.array(z.union([Leaf, Container])).min(1),
  actions: z
    .array(ActionElement)
    .refine((actions) => actions.filter((one) => one.mode === undefined).length <= ACTIONS_SHOWN),
});

/** What Teams, or Microsoft's own library, would find wrong with a card; empty when nothing is. */
export function cardProblems(card: CardElement): string[] {
  const problems: string[] = [];
  const bytes = cardBytes(card);
  if (bytes > CARD_BYTES_MAX) problems.push(`${bytes} bytes`);
  const sent: unknown = JSON.parse(JSON.stringify(card));
  const ours = OurCard.safeParse(sent);
  if (!ours.success) problems.push(z.prettifyError(ours.error));
  return [...problems, ...libraryProblems(sent)];
}

function libraryProblems(sent: unknown): string[] {
  const context = new adaptivecards.SerializationContext();
  const card = new adaptivecards.AdaptiveCard();
  // The library counts the buttons of the menu too; how many are shown is checked above.
  card.hostConfig = new adaptivecards.HostConfig({ actions: { maxActions: 13 } });
  card.parse(sent, context);
  const parsed = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at));
  return [...parsed, ...card.validateProperties().validationEvents]
    .map((event) => event.message)
    .filter((message) => !/^Unknown element type "Chart\.[A-Za-z.]+"/.test(message));
}
