const MAX_REMEMBERED = 20_000;
const MAX_ANSWERS = 5_000;
const snakes = new Map<string, string>();

/** "maxOutputTokens", "MAX_OUTPUT_TOKENS" and "max-output-tokens" as "max_output_tokens". */
export function snakeCase(name: string): string {
  const known = snakes.get(name);
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
  if (snakes.size >= MAX_REMEMBERED) snakes.clear();
  snakes.set(name, snake);
  return snake;
}

/** The same question of the same name is answered once; a hostile file's many do not stay. */
export function remembered<T extends boolean | object>(
  ask: (name: string) => T,
): (name: string) => T {
  const answers = new Map<string, T>();
  return (name) => {
    let known = answers.get(name);
    if (known === undefined) {
      known = ask(name);
      if (answers.size >= MAX_ANSWERS) answers.clear();
      answers.set(name, known);
    }
    return known;
  };
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
