/** The request formats that are passed through. */
export type Wire =
  | "openai_chat"
  | "openai_responses"
  | "openai_embeddings"
  | "anthropic_messages"
  | "gemini_generate";

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field that is absent, null or false asks for nothing. */
export function isAsked(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}
