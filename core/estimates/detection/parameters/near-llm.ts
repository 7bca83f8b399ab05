import { pattern } from "../pattern.ts";
import { calleeOf, type Entry, keyOf } from "../reading/entry.ts";
import { traitsOf } from "../reading/frame-traits.ts";
import { snakeCase } from "../words.ts";
import { besideModels, isOfProviders, LLM_NAMES } from "./parameter-meaning.ts";

/** What is said of a setting. */
const SAYS_LLM =
  /\b(?:LLMs?|(?:language )?models?|GPT\S*|OpenAI|Claude|Gemini|prompts?|agents?|embeddings?)\b/i;

const MODEL_ADDRESS = /chat\/completions|api\.(?:openai|anthropic)\.com|:11434|openrouter\.ai/;

const STEPS = pattern`
  ^step_count_is$|^recursion_limit$|^max_(?:iter|steps|iterations|\w+_loops|tool_\w+)$
  |(?:^|_)max_(?:session_|agent_|model_)?turns$|^max_conv(?:ersation)?_turns?$
  |^tools?_(?:call_)?max_(?:rounds|turns|steps|iterations|hops|depth)$`;

/** `{ type: "n8n-nodes-base.httpRequest", name: "Copy agent", maxTries: 3 }` */
function asksByName({ frame }: Entry): boolean {
  if (!/n8n-nodes-base\.httpRequest$/.test(frame.bound.get("type") ?? "")) return false;
  const name = frame.bound.get("name") ?? "";
  return SAYS_LLM.test(name) || /\b(?:AI|Anthropic|Ollama|OpenRouter)\b/.test(name);
}

const QUESTIONS = ["query", "question", "search_query", "query_text", "queryText", "searchQuery"];
const LOOKS_UP = /(?:^|_)(?:research|knowledge|documents?|docs)(?:_|$)/;

/** `def look(query, top_k=5)`, `properties: { query: {}, top_k: { default: 5 } }` */
function looksUp({ frame, path, scope }: Entry): boolean {
  const own = frame.block === true ? [] : [frame, frame.owner];
  const asks = own.some((one) => one?.block !== true && QUESTIONS.some((q) => one?.bound.has(q)));
  if (asks) return true;
  const called = path.filter(({ kind }) => kind === "call").map(({ name }) => name);
  return [...called, ...scope].some((name) => LOOKS_UP.test(snakeCase(name)));
}

/** Does what is around a value, or what it is called, speak of a model? */
export function nearLlm(entry: Entry, snake: string): boolean {
  const { frame } = entry;
  if (traitsOf(frame).llm.some((name) => name !== snake)) return true;
  // `{ model: "gpt-4o", retry: { attempts: 3 } }`
  const own = entry.path.at(-1)?.kind === "key" && entry.path.at(-2)?.kind === "key";
  if (own && frame.block !== true && frame.owner?.block === false) {
    if (traitsOf(frame.owner).llm.length > 0) return true;
  }
  if (LLM_NAMES.test(snake) || LLM_NAMES.test(snakeCase(entry.frame.root ?? ""))) return true;
  // `{ base_url: "http://localhost:5001/v1/chat/completions", retry_attempts: 2 }`
  const address = frame.bound.get("base_url") ?? frame.bound.get("api_base") ?? "";
  if (frame.block !== true && MODEL_ADDRESS.test(address)) return true;
  // A step of an automation that asks a model.
  if (/n8n-nodes-langchain\./.test(frame.bound.get("type") ?? "")) return true;
  if (asksByName(entry)) return true;
  if (/n8n-nodes-langchain\.(?!lm)/.test(frame.owner?.bound.get("type") ?? "")) return true;
  if (SAYS_LLM.test(frame.bound.get("description") ?? frame.bound.get("help") ?? "")) return true;
  // A constant of a file about models: `const TOP_K: usize = 10;`.
  if (/(?:^|_)top_k$/.test(snake) && /^[A-Z_]+$/.test(keyOf(entry)) && entry.path.length === 1)
    return true;
  if (/^top_?k$/.test(snake) && looksUp(entry)) return true;
  if (/concurren|parallel/.test(snake) && (isOfProviders(entry) || besideModels(entry)))
    return true;
  if (STEPS.test(snake) || LLM_NAMES.test(snakeCase(entry.owner ?? ""))) return true;
  return (
    entry.path.some(
      ({ name, kind }) =>
        kind !== "list" && LLM_NAMES.test(snakeCase(name)) && snakeCase(name) !== snake,
    ) ||
    entry.scope.some((name) => LLM_NAMES.test(snakeCase(name))) ||
    LLM_NAMES.test(snakeCase(calleeOf(entry)))
  );
}
