import { z } from "zod";

/** A command or token is carried whole or its button is not drawn: half a command is another one. */
export const CARRIED_MAX = 1_000;
const Carried = z.string().max(CARRIED_MAX);
const Room = z.string().min(1).max(1024);

/**
 * What a button of ours carries, and so what comes back when it is pressed. Whoever presses could
 * have written it: it says what is wanted, never who wants it or that it is allowed.
 */
export const CardPress = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ask"), command: Carried, room: Room.optional() }),
  z.object({ kind: z.literal("share"), command: Carried, room: Room }),
  z.object({ kind: z.literal("download"), command: Carried }),
  z.object({
    kind: z.literal("confirm"),
    label: z.string().max(200),
    question: z.string().max(CARRIED_MAX),
    danger: z.boolean(),
    verb: Carried,
    token: Carried,
    command: Carried,
    room: Room.optional(),
  }),
  z.object({
    kind: z.literal("press"),
    verb: Carried,
    token: Carried,
    command: Carried.optional(),
    room: Room.optional(),
  }),
  /** Back from a second step to the answer itself. */
  z.object({ kind: z.literal("show"), command: Carried, room: Room.optional() }),
  z.object({
    kind: z.literal("form"),
    form: Carried,
    token: Carried,
    command: Carried,
    room: Room.optional(),
  }),
]);
export type CardPress = z.infer<typeof CardPress>;

const INPUT = "field_";

/** The id of a form's input: apart from our own data, with which Teams sends it. */
export function inputId(field: string): string {
  return `${INPUT}${field}`;
}

const Sent = z.looseObject({ aispend: CardPress });

/** Undefined for data that no button of this version makes. */
export function readPress(
  data: unknown,
): { press: CardPress; values: Record<string, string> } | undefined {
  const sent = Sent.safeParse(data);
  if (!sent.success) return undefined;
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(sent.data)) {
    const isText = typeof value === "string" || typeof value === "number";
    if (name.startsWith(INPUT) && isText) values[name.slice(INPUT.length)] = String(value);
  }
  return { press: sent.data.aispend, values };
}
