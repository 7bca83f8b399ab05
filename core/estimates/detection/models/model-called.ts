import { isModelId } from "./model-family.ts";

/** `us.anthropic.claude-sonnet-4-5` of Bedrock. */
const MAKER = /^(?:[a-z]{2,6}\.)?(?:anthropic|amazon|openai|meta|mistral|cohere|deepseek|qwen)\./;

/** "GPT-4o (latest)" is a label of gpt-4o; "planner" says who calls it. */
export function isCalledLike(item: string, model: string): boolean {
  const id = (model.split("/").at(-1) ?? model).replace(MAKER, "").toLowerCase();
  const said = item.toLowerCase();
  const [first = id] = id.match(/[a-z]{2,}|\d+/g) ?? [];
  // "Sonnet 4.5" is a label of claude-sonnet-4-5.
  const [line = first] = /sonnet|opus|haiku/.exec(id) ?? [];
  return said.includes(first) || said.includes(line) || isModelId(item);
}
