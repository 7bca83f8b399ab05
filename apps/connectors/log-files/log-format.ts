import type { ParsedEvent } from "../parsed-event.ts";

/** An export of single calls: each row is an event of its own, by the id that it has there. */
export interface LogFormat {
  readonly name: string;
  readonly said: string;
  /** Any of these fields tells the format. */
  readonly columns: readonly string[];
  parse(
    rows: readonly Readonly<Record<string, unknown>>[],
    endUserId: (text: string) => string,
  ): ParsedEvent[];
}

const PROVIDERS: readonly (readonly [RegExp, string])[] = [
  [/^(gpt|o\d|chatgpt|text-embedding|davinci|whisper|tts|dall-e)/i, "openai"],
  [/^claude/i, "anthropic"],
  [/^(gemini|text-bison|palm)/i, "google"],
  [/^(mistral|mixtral|codestral)/i, "mistral"],
  [/^command/i, "cohere"],
  [/^deepseek/i, "deepseek"],
  [/^grok/i, "xai"],
];

/** By the model's name, where an export does not say who was called. */
export function providerOfModel(model: string): string {
  const bare = model.slice(model.lastIndexOf("/") + 1);
  return PROVIDERS.find(([pattern]) => pattern.test(bare))?.[1] ?? "unknown";
}

/** A whole, non-negative count of a row's field; undefined where it is none. */
export function countOf(value: unknown): number | undefined {
  const count = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

/** A nested object of a JSONL row, or the same as JSON in a cell. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  let read = value;
  if (typeof value === "string" && value.startsWith("{")) {
    try {
      read = JSON.parse(value);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return typeof read === "object" && read !== null && !Array.isArray(read) ? { ...read } : {};
}

/** Exports write UTC, some without saying so. */
export function instantOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const iso = value.trim().replace(" ", "T");
  const read = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(read.getTime()) ? undefined : read.toISOString();
}
