import { pattern } from "../pattern.ts";
import type { Entry } from "../reading/entry.ts";
import { lastName, remembered, snakeCase } from "../words.ts";
import { calledName } from "./prompt-tool.ts";

/** Something that is a model by its name, in snake case: of it general verbs are said. */
const MODEL = pattern`
    ^(?:ai|chat|crew|graph|team)$|(?:^|_)(?:models?|llm|assistant|gpt|(?<!user_)agent|chain
    |runner|(?:agent(?:ic)?|code|search|chat)_loop|open_?ai|claude|gemini|ollama|bedrock|copilot
    |(?:query|chat)_engine|chat_?bot|chat_client)$|(?:^|_)(?:ai|llm|open_?ai|gpt|claude|gemini
    |ollama|bedrock|chat)_(?:service|client|api)$`;

/** `model.generate("...")`, `agent.run("...")` */
const VERB = pattern`
    ^a?(?:generate|chat|predict|complete|ask|answer|invoke|prompt|summarize|translate)(?:_\w+)?$
    |^get_(?:response|completion|answer|reply)(?:_\w+)?$|^(?:a?call|a?run|run_sync
    |run_stream(?:ed)?|send|stream|a?query|a?print_response|kickoff|execute|paint
    |add_message_and_run)$`;

function asked(chain: string): boolean {
  const cut = chain.lastIndexOf(".");
  if (cut === -1) return false;
  const method = calledName(chain);
  const of = lastName(chain.slice(0, cut));
  if (/^bot$/i.test(of)) return /^(?:ask|chat|generate|complete|prompt)$/.test(method);
  if (
    /planner$/i.test(of) &&
    /^(?:(?:create|make|generate|execute)(?:_\w+)?_plan|execute)$/.test(method)
  ) {
    return true;
  }
  // `client.GetResponseAsync(text)` of Microsoft.Extensions.AI
  if (/client$/i.test(of) && /^get_(?:streaming_)?response$/.test(method)) return true;
  return VERB.test(method) && MODEL.test(snakeCase(of));
}

/** `agent.New(...)`, `ChatClient.builder(...)`, `create_react_agent(...)`: makes what is asked. */
const MAKES_ASKER = pattern`
    (?:^|[._])(?:\w*[aA]gent|\w*(?:LLM|Llm|ChatModel|ChatClient|ChatBot|Assistant)|llm
    |Chat(?:OpenAI|Anthropic|Ollama))(?:\.(?:[nN]ew\w*|create\w*|builder|default|init
    |from\w*))?\(\)$`;

export const makesAsker = remembered((called) => MAKES_ASKER.test(called));
/** `a.Run(...)`, where `a` was made so: general verbs say enough. */
export const isVerb = remembered((chain) => VERB.test(calledName(chain)));

/** `ask_gpt("...")`, `callLlm("...")`, `ai_chat(question="...")`: a verb and who is asked. */
const ASKS_WHOM = pattern`
    ^(?:ask|call|query|prompt|invoke|chat_with)_(?:the_)?(?:\w+_)?(?:ai|llm|gpt|agent|claude
    |gemini|ollama|mistral|deepseek|chat_model|language_model)(?:_(?:chat|api|json|text|model))?$
    |^(?:ai|llm|gpt|chat_gpt|claude|gemini|ollama|open_ai)_(?:ask|chat|call|query|complete
    |completion|generate|prompt|invoke|request)$`;

const LIMITS = ["max_tokens", "max_new_tokens", "max_output_tokens", "max_completion_tokens"];

/** What only counts or cuts a text. */
const MEASURES = /count|truncat|split|trim|chunk|limit|encode|tokeni|fit|shorten/i;

/** `pipe(text, max_new_tokens=50)`: a call that says how long its answer may be. */
export function limitsAnswer({ path, frame, position }: Entry): boolean {
  const call = path.at(-1);
  if (call?.kind !== "call" || position > 1 || MEASURES.test(call.name)) return false;
  return LIMITS.some((name) => frame.bound.has(name));
}

/** What such a call takes its text under, where it takes it by name. */
const ASKED_UNDER =
  /^(?:\w+_)?(?:task|questions?|prompts?|query|message|content|instructions?|input(?:_text)?)$/;

/** Is what stands here what a model is asked, by the names of the call and of the argument? */
export function isQuestion({ path, position }: Entry, key: string): boolean {
  const [owner, innermost] = [path.at(-2), path.at(-1)];
  if (innermost?.kind === "call")
    return position === 0 && ASKS_WHOM.test(calledName(innermost.name));
  const called = owner?.kind === "call" ? calledName(owner.name) : "";
  if (called === "" || !ASKED_UNDER.test(key)) return false;
  // `Agent(task="Find the price of it", llm=model)`
  if (key === "task" && /(?:^|_)agent$/.test(called)) return true;
  return ASKS_WHOM.test(called) || asksModelBy(owner?.name ?? "");
}

/** `{ model: "...", messages: [{ role: "user", content: "Hello!" }] }`: a word is asked as well. */
export function isAskedWithModel({ frame, path }: Entry): boolean {
  const [messages, list] = path.slice(-3, -1);
  if (list?.kind !== "list" || messages?.name !== "messages") return false;
  if (!/^:?(?:system|user|developer)$/.test(frame.bound.get("role") ?? "")) return false;
  let owner = frame.owner;
  for (let up = 0; up < 2 && owner !== undefined && owner.bound.size === 0; up += 1) {
    owner = owner.owner;
  }
  return owner?.bound.has("model") === true;
}

/** Is what stands in this call sent to a model, by the call's own name? */
export const asksModelBy = remembered((chain) => asked(chain) || SENDS.test(calledName(chain)));

const SENDS = pattern`
  (?:^|_)(?:invoke_prompt|generate_(?:content|text|from_single_prompt)|invoke
  |(?<!(?:^|_)(?:on|is|are|mark|set|when|tasks?|steps?|jobs?|stage|phase|order|todos?|setup|upload
  |download|build|turn|run)_)complet(?:e|ion)
  |create(?:_react)?_agent|complete_chat(?:_streaming)?|get_(?:streaming_)?chat_message_contents?
  |get_chat_completions?|get_completions?)$`;
