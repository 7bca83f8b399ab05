import type { Fact } from "../fact.ts";
import { lastName } from "../words.ts";

/** `llm=self.fast` is told where `fast = ChatOpenAI(model="gpt-4o")` comes or goes beside it. */
export function withoutUses(left: readonly Fact[]): readonly Fact[] {
  if (!left.some(({ symbol }) => symbol === true)) return left;
  const defined = new Set(
    left.flatMap(({ kind, symbol, where }) =>
      kind === "model" && symbol !== true ? where.split(" > ") : [],
    ),
  );
  return left.filter(({ symbol, value }) => symbol !== true || !defined.has(lastName(value)));
}
