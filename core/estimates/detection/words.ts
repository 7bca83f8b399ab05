const MAX_REMEMBERED = 20_000;

/** The same question of the same name is answered once; a hostile file's many do not stay. */
export function remembered<T extends boolean | object | string>(
  ask: (name: string) => T,
): (name: string) => T {
  const answers = new Map<string, T>();
  return (name) => {
    let known = answers.get(name);
    if (known === undefined) {
      known = ask(name);
      if (answers.size >= MAX_REMEMBERED) answers.clear();
      answers.set(name, known);
    }
    return known;
  };
}

/** "maxOutputTokens", "MAX_OUTPUT_TOKENS" and "max-output-tokens" as "max_output_tokens". */
export const snakeCase = remembered((name) =>
  name
    .slice(0, 200)
    .replace(/^[$@*&:]+|[?!]$/g, "")
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z\d]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase(),
);

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
