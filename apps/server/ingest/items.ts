import { AispendError } from "#core/errors.ts";

/** The events of one body, in its order. */
export interface Items {
  readonly items: readonly unknown[];
  /** Indices of NDJSON lines that are no JSON; their item is undefined. */
  readonly broken: ReadonlySet<number>;
}

export type BodyKind = "json" | "ndjson" | "protobuf";

const KINDS: Readonly<Record<string, BodyKind>> = {
  "application/json": "json",
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/jsonl": "ndjson",
  "application/x-protobuf": "protobuf",
};

/** By Content-Type; throws `media_type_unsupported` for what the route does not take. */
export function bodyKindOf(header: string | undefined, taken: readonly BodyKind[]): BodyKind {
  const type = (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind !== undefined && taken.includes(kind)) return kind;
  const names = Object.keys(KINDS).filter((name) => taken.some((one) => KINDS[name] === one));
  throw new AispendError("media_type_unsupported", "This Content-Type is not taken here.", {
    kind: "unsupported_media",
    help: `Use one of ${names.join(", ")}.`,
  });
}

/** JSON's own complaint quotes the body, which may hold a prompt: it is not repeated. */
function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function bodyInvalid(message: string, help: string): AispendError {
  return new AispendError("body_invalid", message, { help });
}

export function textOf(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw bodyInvalid("The body is not UTF-8.", "Send JSON in UTF-8.");
  }
}

/** One JSON value. Throws `body_invalid`. */
export function jsonOf(text: string): unknown {
  const parsed = parseJson(text);
  if (parsed !== undefined) return parsed.value;
  throw bodyInvalid("The body is not JSON.", "Send one JSON value, or one a line as NDJSON.");
}

function ndjsonItems(text: string): Items {
  const broken = new Set<number>();
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const items = lines.map((line, index) => {
    const parsed = parseJson(line);
    if (parsed === undefined) broken.add(index);
    return parsed?.value;
  });
  return { items, broken };
}

function listed(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const isEnvelope =
    typeof value === "object" && value !== null && "events" in value && Array.isArray(value.events);
  return isEnvelope && Array.isArray(value.events) ? value.events : [value];
}

/**
 * The items of a body: an array, `{"events": [...]}`, a single object, or one object a line. LiteLLM
 * sends its lines as application/json, so that a body of several lines that is no JSON is read as
 * lines. Throws `body_invalid` and, for more than `limit`, `batch_too_large`.
 */
export function itemsOf(text: string, kind: BodyKind, limit: number): Items {
  const whole = kind === "json" ? parseJson(text) : undefined;
  const isLines = kind === "ndjson" || (whole === undefined && parseJson(firstLine(text)));
  if (whole === undefined && !isLines) jsonOf(text);
  const found: Items =
    whole === undefined ? ndjsonItems(text) : { items: listed(whole.value), broken: new Set() };
  if (found.items.length <= limit) return found;
  throw new AispendError(
    "batch_too_large",
    `The body has ${found.items.length} events; the limit is ${limit}.`,
    { kind: "too_large", help: "Send it in smaller parts." },
  );
}

function firstLine(text: string): string {
  const start = text.trimStart();
  const end = start.indexOf("\n");
  return end < 0 ? "" : start.slice(0, end);
}
