import { z } from "zod";

/**
 * The documented limits of Block Kit, for the blocks and elements that we send; Slack publishes no
 * schema. A text counts in UTF-16 units and has at least one visible character. Strict: a field that
 * is not listed here is not sent.
 */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.trim() !== "", "has no visible character")
    .refine((value) => !/\p{Surrogate}/u.test(value), "has half a character");

const plain = (max: number) =>
  z.strictObject({
    type: z.literal("plain_text"),
    text: text(max),
    emoji: z.boolean().optional(),
  });
/** Escaped: the only markup left in < and > is a mention of an account that Slack named. */
const mrkdwn = (max: number) =>
  z.strictObject({
    type: z.literal("mrkdwn"),
    text: text(max).refine((value) => !/<(?!@[UW][A-Z0-9]+>)/.test(value), "has raw markup"),
    verbatim: z.literal(true),
  });
const anyText = (max: number) => z.union([plain(max), mrkdwn(max)]);
const id = text(255);

const Confirm = z.strictObject({
  title: plain(100),
  text: plain(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(["primary", "danger"]).optional(),
});
const Button = z.strictObject({
  type: z.literal("button"),
  action_id: id,
  text: plain(75),
  value: text(2000),
  style: z.enum(["primary", "danger"]).optional(),
  confirm: Confirm.optional(),
});

const Option = z.strictObject({ text: plain(75), value: text(150) });
const options = z.array(Option).min(1).max(100);
const groups = z
  .array(z.strictObject({ label: plain(75), options }))
  .min(1)
  .max(100);
const choice = {
  action_id: id,
  options: options.optional(),
  option_groups: groups.optional(),
  placeholder: plain(150).optional(),
};
const oneOfBoth = (select: { options?: unknown; option_groups?: unknown }) =>
  (select.options === undefined) !== (select.option_groups === undefined);

const Input = z.union([
  z
    .strictObject({
      type: z.literal("plain_text_input"),
      action_id: id,
      multiline: z.boolean().optional(),
      max_length: z.int().min(1).max(3000),
      initial_value: z.string().optional(),
      placeholder: plain(150).optional(),
    })
    .refine(
      (input) => (input.initial_value ?? "").length <= input.max_length,
      "starts with more than it takes",
    ),
  z
    .strictObject({
      type: z.literal("number_input"),
      action_id: id,
      is_decimal_allowed: z.boolean(),
      min_value: z.string(),
      max_value: z.string(),
      initial_value: z.string().optional(),
    })
    .refine(({ initial_value, min_value, max_value }) => {
      const initial = Number(initial_value ?? min_value);
      return Number(min_value) <= initial && initial <= Number(max_value);
    }, "starts outside its range"),
  z.strictObject({
    type: z.literal("datepicker"),
    action_id: id,
    initial_date: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/)
      .optional(),
  }),
  z
    .strictObject({
      type: z.literal("static_select"),
      ...choice,
      initial_option: Option.optional(),
    })
    .refine(oneOfBoth),
  z
    .strictObject({
      type: z.literal("multi_static_select"),
      ...choice,
      initial_options: options.optional(),
    })
    .refine(oneOfBoth),
  z.strictObject({
    type: z.literal("conversations_select"),
    action_id: id,
    default_to_current_conversation: z.boolean().optional(),
    filter: z.strictObject({
      include: z.array(z.enum(["public", "private", "im", "mpim"])),
      exclude_external_shared_channels: z.boolean(),
      exclude_bot_users: z.boolean(),
    }),
  }),
]);

const cell = z.strictObject({ type: z.literal("raw_text"), text: text(10_000) });
const Table = z
  .strictObject({
    type: z.literal("table"),
    rows: z.array(z.array(cell).min(1).max(20)).min(1).max(100),
    column_settings: z
      .array(z.strictObject({ align: z.enum(["left", "center", "right"]) }))
      .max(20)
      .optional(),
  })
  .refine(
    ({ rows }) => rows.flat().reduce((sum, one) => sum + one.text.length, 0) <= 10_000,
    "has more than 10,000 characters in all cells",
  )
  .refine(({ rows }) => new Set(rows.map((row) => row.length)).size === 1, "is not rectangular");

const Visualization = z
  .strictObject({
    type: z.literal("data_visualization"),
    title: text(50),
    chart: z.strictObject({
      type: z.enum(["bar", "line", "area"]),
      series: z
        .array(
          z.strictObject({
            name: text(20),
            data: z.array(z.strictObject({ label: text(20), value: z.number() })).max(20),
          }),
        )
        .min(1)
        .max(6),
      axis_config: z.strictObject({
        categories: z.array(text(20)).min(1).max(20),
        x_label: text(50).optional(),
        y_label: text(50).optional(),
      }),
    }),
  })
  .refine(({ chart }) => {
    const categories = JSON.stringify(chart.axis_config.categories);
    return chart.series.every((one) => JSON.stringify(one.data.map((p) => p.label)) === categories);
  }, "has a series without a point for every category")
  .refine(({ chart }) => {
    const names = new Set(chart.series.map((one) => one.name));
    const labels = new Set(chart.axis_config.categories);
    return (
      names.size === chart.series.length && labels.size === chart.axis_config.categories.length
    );
  }, "has two series or categories of one name");

const Preformatted = z.strictObject({
  type: z.literal("rich_text_preformatted"),
  elements: z.array(z.strictObject({ type: z.literal("text"), text: text(3000) })).min(1),
});
const shared = [
  z.strictObject({ type: z.literal("header"), text: plain(150) }),
  z
    .strictObject({
      type: z.literal("section"),
      text: anyText(3000).optional(),
      fields: z.array(anyText(2000)).min(1).max(10).optional(),
    })
    .refine((one) => one.text !== undefined || one.fields !== undefined, "has no text"),
  z.strictObject({ type: z.literal("context"), elements: z.array(anyText(2000)).min(1).max(10) }),
  z.strictObject({ type: z.literal("divider") }),
  z
    .strictObject({ type: z.literal("actions"), elements: z.array(Button).min(1).max(25) })
    .refine(
      ({ elements }) => new Set(elements.map((one) => one.action_id)).size === elements.length,
    ),
  z.strictObject({
    type: z.literal("image"),
    slack_file: z.strictObject({ id }),
    alt_text: text(2000),
  }),
  z.strictObject({ type: z.literal("rich_text"), elements: z.array(Preformatted).min(1) }),
] as const;

const messageBlocks = z
  .array(z.union([...shared, Table, Visualization]))
  .min(1)
  .max(50)
  .refine((blocks) => blocks.filter((one) => one.type === "table").length <= 1, "has two tables")
  .refine(
    (blocks) => blocks.filter((one) => one.type === "data_visualization").length <= 2,
    "has three charts",
  );
const viewBlocks = z
  .array(
    z.union([
      ...shared,
      z.strictObject({
        type: z.literal("input"),
        block_id: id,
        label: plain(2000),
        hint: plain(2000).optional(),
        optional: z.boolean(),
        element: Input,
      }),
    ]),
  )
  .min(1)
  .max(100)
  .refine((blocks) => {
    const ids = blocks.flatMap((one) => ("block_id" in one ? [one.block_id] : []));
    return new Set(ids).size === ids.length;
  }, "has two blocks of one id");

const callbackId = text(255);
const metadata = z.string().max(3000).optional();

/** The parts of a message that can be too much; channel, thread and metadata pass through. */
export const MessageLimits = z.looseObject({
  text: text(4000),
  blocks: messageBlocks.optional(),
});

export const ViewLimits = z.discriminatedUnion("type", [
  z
    .strictObject({
      type: z.literal("modal"),
      title: plain(24),
      submit: plain(24).optional(),
      close: plain(24).optional(),
      callback_id: callbackId.optional(),
      private_metadata: metadata,
      blocks: viewBlocks,
    })
    .refine(
      ({ blocks, submit }) => submit !== undefined || !blocks.some((one) => one.type === "input"),
      "asks for input without a button to submit it",
    ),
  z.strictObject({ type: z.literal("home"), private_metadata: metadata, blocks: viewBlocks }),
]);
