const MAX_REMEMBERED = 20_000;
const remembered = new Map<string, string>();

/** "maxOutputTokens", "MAX_OUTPUT_TOKENS" and "max-output-tokens" as "max_output_tokens". */
export function snakeCase(name: string): string {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const snake = name
    .slice(0, 200)
    .replace(/^[$@*&:]+|[?!]$/g, "")
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z\d]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
  // The same few names come again and again; a hostile file's many do not stay.
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(name, snake);
  return snake;
}

/** Letters and digits only: what is left when spelling is taken off. */
export function folded(text: string): string {
  return text.toLowerCase().replace(/[^a-z\d]+/g, "");
}

/** The name without what leads to it: "client.messages.create" > "create". */
export function lastName(chain: string): string {
  return chain.slice(chain.lastIndexOf(".") + 1);
}

/** Does one of these words stand in the name as a whole word? */
export function hasWord(snake: string, words: ReadonlySet<string>): boolean {
  return snake.split("_").some((word) => words.has(word));
}
