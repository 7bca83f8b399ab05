// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f\ud800-\udfff]/u;

/**
 * Names and ids hold no control characters: Postgres refuses NUL, and the others forge log lines. Nor
 * half of a character ("\ud800"), which is JSON to everybody but Postgres.
 */
export function isPlain(text: string): boolean {
  return !CONTROL.test(text);
}

/**
 * An optional text of a feed that we do not control: what cannot be a name is left out, since a name
 * cut short would be another name. Numbers count as text, as gateways send ids of both kinds.
 */
export function plainText(value: unknown, maxLength: number): string | undefined {
  const text = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== "string") return undefined;
  const trimmed = text.trim();
  return trimmed !== "" && trimmed.length <= maxLength && isPlain(trimmed) ? trimmed : undefined;
}
