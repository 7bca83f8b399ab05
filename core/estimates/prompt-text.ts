import { calleeOf, type Entry, keyOf } from "./entry.ts";
import { isModelId } from "./model-id.ts";
import { pattern, patternOfAnyCase } from "./pattern.ts";
import { HOLE } from "./scan-text.ts";
import { lastName, snakeCase } from "./words.ts";

const PROMPT_KEY = pattern`
    (?:^|_)(?:prompts?|system_?(?:message|msg|instructions?|text|role|content)?|instructions?
    |persona|backstory|preamble|few_shot\w*|guidelines|human_message|ai_message|expected_output
    |goal)(?:_(?:template|text|string|str|message|base|default|prefix|suffix|header|footer|content
    |body|rules|v?\d+|[a-z]{2}))*$|^(?:prompt|system|instruction)_|_prompt_|(?:^|_)prompt(?:_|$)`;
const NOT_PROMPT = pattern`
    (?:^|_)(?:id|ids|name|path|file|filename|dir|url|uri|key|label|title|placeholder|error|version
    |type|hash|tokens?|size|length|count|cache|caching|icon|hint|regex|pattern|help|description
    |class|role_arn|arn|command|cmd|variables?|enabled)$|^(?:system_(?:info|name|path)
    |prompt_(?:user|for|toolkit))`;
const WEAK_KEY = pattern`
    ^(?:role|template|content|text|message|description|task|query|rules|context|criteria|rubric
    |objective|examples?|question|input|body|heredoc|value|user|assistant|human)$|_template$
    |_tmpl$|_message$|_rubric$|(?:^|_)(?:rules|criteria|description|task)$`;
const PROMPT_CALL = pattern`
    (?:^|_)(?:system_message|human_message|user_message|ai_message|assistant_message
    |system_chat_message|user_chat_message|system_prompt|user_prompt
    |system_message_prompt_template|prompt_template|chat_prompt_template|from_template
    |from_messages|prompt|system|preamble|instructions|with_instructions|with_system_prompt
    |append_system_message|from_system|new_system_message|generate_content|generate_text|invoke
    |ask|complete|completion|create_agent|create_react_agent|agent|few_shot_prompt_template
    |signature|chat_history|generate_images?|create_images?|edit_images?|text_part)$`;
const CONSOLE_CALL = pattern`
    (?:^|\.)(?:(?:chat_|text_)?input|text_area|confirm
    |readline|question|getpass|click\.prompt|Prompt\.ask|window\.prompt
    |inquirer\.\w+|\w*prompt_ask|prompt_user|ask_user
    |prompts|print|log|logger\.\w+|console\.\w+|echo|raise|Error|Exception
    |ValueError|RuntimeError|throw|add_argument|Option|Argument|describe|it|expect|toThrow
    |fmt\.(?:F?[pP]rint\w*|Errorf|Scan\w*)|(?:log|logging|slog|logrus|Debug|Trace)\.\w+
    |errors\.\w+|\w*(?:Error|Exception)|t|gettext|_|info|warn|warning|debug|error|execute
    |query|option|command)$`;
const OPENING = patternOfAnyCase`
    ^[\s#*<>\w"-]{0,40}?\b(?:you are (?:an?|the|now|\w+ing|\w+ and \w+[.,])\b
    |you're an?\b|act as|your (?:task|role|job|goal|name) is|your name's
    |as an? (?:ai|expert|helpful)|i want you to
    |please (?:summari[sz]e|extract|classify|analy[sz]e|translate|answer|respond|rewrite|generate)
    |given the (?:following|context|conversation|user)|based on the (?:following|context
    |conversation)|answer the (?:user|question|following)|summari[sz]e the (?:following|text
    |conversation|document|article)|extract (?:the|all|any) |classify the |translate the 
    |respond (?:with|only|in) |use the following (?:pieces|context|information|tools))`;
export const ROLES = /^(?:system|user|assistant|developer|human|ai|model)$/i;

/** What the file says of its strings. */
export interface PromptContext {
  readonly aboutLlm: boolean;
  readonly inSource: boolean;
  /** Its path says that prompts stand in it. */
  readonly ofPrompts: boolean;
}

export interface PromptFinding {
  readonly confidence: "sure" | "possible";
  readonly why: string;
}

const QUERY = patternOfAnyCase`
  ^\s*(?:select|insert|update|delete|with|create|alter)\s
  [\s\S]*\b(?:from|into|set|table)\b`;

/** Prose, not an identifier, a path, markup or a query. */
export function isProse(text: string, least: number): boolean {
  const words = text.split(/\s+/, 60).filter((word) => /^[\p{L}\uFFFC{<[("'*#-]/u.test(word));
  if (words.length < least) return /[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{8}/.test(text);
  return !QUERY.test(text) && !/^\s*(?:<!doctype|<html|<\?xml|https?:)/i.test(text);
}

/** What a call is called, without what says that it is awaited. */
function calledName(chain: string): string {
  return snakeCase(lastName(chain)).replace(/_async$/, "");
}

function keyName(entry: Entry): string {
  return snakeCase(keyOf(entry));
}

/** Is this text sent to a model? By the name it has, the place where it stands, or its shape. */
export function findPrompt(entry: Entry, file: PromptContext): PromptFinding | undefined {
  const { aboutLlm, inSource, ofPrompts } = file;
  const { kind, text } = entry.value;
  if (kind !== "text" || entry.role !== "value" || text.length < 12) return undefined;
  const key = keyName(entry);
  const shown = entry.path.at(-1)?.kind === "call" || /^(?:message|help|title)$/.test(key);
  if (shown && CONSOLE_CALL.test(calleeOf(entry))) return undefined;
  const named = byName(entry, key, text);
  if (named !== undefined) return named;
  if (!aboutLlm) return undefined;
  const placed = byPlace(entry, key, text);
  if (placed !== undefined) return placed;
  if (ofPrompts && !inSource && /^(?:template|content|text)$/.test(key) && isProse(text, 10)) {
    return { confidence: "sure", why: "the text of a file of prompts" };
  }
  const input = entry.path[0]?.name === "inputs" && text.includes("\n") && isProse(text, 20);
  if (input) return { confidence: "sure", why: "a text that an input has by default" };
  if (!inSource && key !== "heredoc") return undefined;
  return (
    byScope(entry, key, text) ??
    byShape(key, text) ??
    (ofPrompts ? byFile(entry, key, text) : undefined)
  );
}

/** Long prose in a source file that is called after prompts, or stands in their folder. */
const FIELD = /^(?:field|describe)$/;

function byFile(entry: Entry, key: string, text: string): PromptFinding | undefined {
  if (
    FIELD.test(calledName(calleeOf(entry))) &&
    /^(?:description)?$/.test(key) &&
    isProse(text, 5)
  ) {
    return { confidence: "sure", why: "describes a field of what the model is to answer" };
  }
  if (NOT_PROMPT.test(key) || entry.frame.types === true) return undefined;
  if (text.length < 80 || !isProse(text, 14)) return undefined;
  return { confidence: "sure", why: "stands in a file of prompts" };
}

/** `model.generate("...")`: a general verb, said of something that is a model by its name. */
const ASKED = patternOfAnyCase`
  (?:^|\.)(?:\w*model|llm|chat|assistant|gpt|agent|bot|ai|chain)
  \.(?:generate|chat|call|run|predict|send|stream|complete|ask|invoke|prompt)$`;

const AGENT_NEIGHBOUR = pattern`
  ^(?:model|llm|role|goal|backstory|messages|tools|temperature|agent|handoffs|max_tokens
  |prompt|name)$`;

/** What a page offers to ask is sent when somebody presses it, and not with each call. */
const OFFERED =
  /(?:^|_)(?:prompt_(?:examples|suggestions)|(?:example|sample|suggested|starter|quick)_prompts)$/;

function byName(entry: Entry, key: string, text: string): PromptFinding | undefined {
  if (NOT_PROMPT.test(key) || OFFERED.test(key)) return undefined;
  if (entry.path.some(({ name }) => OFFERED.test(snakeCase(name)))) return undefined;
  const own =
    PROMPT_KEY.test(key) &&
    !/^(?:goal|instructions?|system|guidelines|expected_output|persona)$/.test(key);
  if (own && isProse(text, 3))
    return { confidence: "sure", why: `${keyOf(entry)} is named as a prompt` };
  if (PROMPT_KEY.test(key) && isProse(text, 3)) {
    const near = [...entry.frame.bound.keys()].map(snakeCase);
    const agent = near.some((name) => AGENT_NEIGHBOUR.test(name) && name !== key);
    if (agent || OPENING.test(text))
      return { confidence: "sure", why: `${keyOf(entry)} is given to a model` };
  }
  // PROMPTS = { "summary": "..." }, prompts: [ "..." ]
  const around = entry.path
    .slice(0, -1)
    .some(
      ({ name, kind }) =>
        kind === "key" && /(?:^|_)prompts?$|^system_instructions?$/.test(snakeCase(name)),
    );
  if (around && isProse(text, 4) && !/^(?:description|name|title|label|id)$/.test(key)) {
    return { confidence: "sure", why: "stands among prompts" };
  }
  return undefined;
}

/** `FunctionTool(f, description="...")`, `inferTool("book", "Books a flight ...")`. */
function isToolText({ path, position }: Entry, key: string): boolean {
  const [owner, innermost] = path.slice(-2);
  if (innermost?.kind === "key") {
    const called = owner?.kind === "call" ? calledName(owner.name) : "";
    return key === "description" && /(?:^|_)tool$/.test(called);
  }
  const makes = /^(?:(?:infer|new|define|create|make|register|add|function|structured)_)?tool$/;
  return innermost?.kind === "call" && position >= 1 && makes.test(calledName(innermost.name));
}

function byPlace(entry: Entry, key: string, text: string): PromptFinding | undefined {
  const role = entry.frame.bound.get("role") ?? entry.frame.bound.get("Role") ?? "";
  if (
    /^(?:content|text|parts)$/.test(key) &&
    ROLES.test(
      lastName(role)
        .replace(/^.*Role/, "")
        .replace(/^ChatMessageRole/, ""),
    ) &&
    isProse(text, 3)
  ) {
    return { confidence: "sure", why: `the content of a ${role} message` };
  }
  const inRole = entry.path.some(({ name }) =>
    /^(?:messages|system|contents)$/.test(snakeCase(name)),
  );
  if (inRole && /^(?:content|text|system|messages)$/.test(key) && isProse(text, 4)) {
    return { confidence: "sure", why: "stands in a list of messages" };
  }
  const innermost = entry.path.at(-1);
  if (
    innermost?.kind === "call" &&
    (PROMPT_CALL.test(calledName(innermost.name)) || ASKED.test(innermost.name)) &&
    isProse(text, 4)
  ) {
    return { confidence: "sure", why: `passed to ${innermost.name}` };
  }
  if (isToolText(entry, key) && isProse(text, 4)) {
    return { confidence: "sure", why: "the description of a tool is sent with each call" };
  }
  // DSPy sends the descriptions of what goes in and comes out.
  if (key === "desc" && /^(?:input|output)_field$/.test(calledName(calleeOf(entry)))) {
    return isProse(text, 4)
      ? { confidence: "sure", why: "describes a field of what the model is to answer" }
      : undefined;
  }
  if (key === "schema_description" && isProse(text, 4)) {
    return { confidence: "sure", why: "the description of a schema is sent with each call" };
  }
  // SWE-agent and others keep several templates of one conversation side by side.
  const beside = /_template$/.test(key) && entry.frame.bound.has("system_template");
  if (beside && isProse(text, 4)) {
    return { confidence: "sure", why: "stands beside the system template" };
  }
  const { bound } = entry.frame;
  const tool = [...bound.keys()].some((name) =>
    /^(?:input_?schema|parameters|args_schema|inputSchema)$/i.test(name),
  );
  // A model in a list of models has parameters too.
  const listed = bound.has("name") && entry.path.some(({ name }) => /^tools(?:ets?)?$/.test(name));
  const called = bound.get("id") ?? bound.get("name") ?? "";
  const model = called.includes("/") || isModelId(called);
  if (key === "description" && (tool || listed) && !model && isProse(text, 4)) {
    return { confidence: "sure", why: "the description of a tool is sent with each call" };
  }
  const crew = [...entry.frame.bound.keys()].filter((name) =>
    /^(?:role|goal|backstory|expected_output)$/.test(name),
  );
  if (
    /^(?:role|goal|backstory|description|expected_output)$/.test(key) &&
    crew.length >= 1 &&
    (key !== "role" || crew.length > 1) &&
    isProse(text, 2)
  ) {
    return { confidence: "sure", why: "describes an agent or its task" };
  }
  return undefined;
}

/** What a function called `buildSystemPrompt` returns. */
function byScope(entry: Entry, key: string, text: string): PromptFinding | undefined {
  const scope = snakeCase(entry.scope.at(-1) ?? "");
  if (key !== "" && !WEAK_KEY.test(key)) return undefined;
  if (!/(?:^|_)(?:prompts?|instructions)(?:_|$)/.test(scope) || !isProse(text, 6)) return undefined;
  return { confidence: "sure", why: `${entry.scope.at(-1)} makes a prompt` };
}

function byShape(key: string, text: string): PromptFinding | undefined {
  if (NOT_PROMPT.test(key) && !/description/.test(key)) return undefined;
  if (!OPENING.test(text.slice(0, 400)) || !isProse(text, 6)) return undefined;
  const weak =
    key === "" ||
    WEAK_KEY.test(key) ||
    text.includes(HOLE) ||
    text.length > 120 ||
    /\{\w+\}/.test(text);
  return weak ? { confidence: "possible", why: "reads like an instruction to a model" } : undefined;
}
