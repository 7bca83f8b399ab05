import { pattern } from "../pattern.ts";
import { calleeOf, type Entry, keyOf } from "../reading/entry.ts";
import { HOLE } from "../reading/scan-text.ts";
import { snakeCase } from "../words.ts";
import { isFieldText } from "./answer-schema.ts";
import type { PromptContext } from "./prompt-context.ts";
import { SHOWN } from "./prompt-names.ts";
import type { PromptFinding } from "./prompt-place.ts";
import { OPENING } from "./prompt-shape.ts";
import { calledName } from "./prompt-tool.ts";
import { isProse } from "./prose.ts";

/** Names that a prompt may have, and many another text. */
export const WEAK_KEY = pattern`
    ^(?:role|identity|personality|character|behaviou?r|style|template|content|text|message
    |description|task|query|rules|context|criteria|rubric|objective|examples?|question|input|body
    |heredoc|value|user|assistant|human)$|_template$|_tmpl$|_message$|_rubric$|(?:^|_)(?:rules
    |criteria|description|task)$`;

const MAKES_PROMPT = pattern`
  (?:^|_)(?:prompts?|instructions)(?:_|$)|^(?:get_|build_|make_|create_|default_)?system_(?:message
  |msg|text)$`;

/** A class that puts prompts together, and its methods. */
const MAKER = pattern`
    (?:^|_)(?:prompts?|instructions?)_(?:builder|composer|factory|generator|renderer|assembler
    |formatter|creator|maker)s?$`;
/** A class in which prompts are kept. */
const HOLDER = /(?:^|_)(?:prompts|prompt_(?:templates?|library|store|texts?|constants|catalog))$/;
const MADE_BY =
  /^(?:build|compose|create|generate|render|assemble|format|make|get|to_string|base|default)/;

/** What parts of a text are kept in until it is whole. */
const LINES = pattern`
    (?:^|_)(?:lines?|parts?|sections?|blocks?|pieces|chunks|segments|paragraphs|base|prefix|suffix
    |header|footer|intro|preamble|output|result|out|sb|builder|text|info|note|guidance|notes
    |guidelines|examples?|formats?|restrictions?|constraints?|requirements?|reminders?)$`;

/** `buildDynamicContext`, and how text after text gets into it. */
const MAKES_CONTEXT =
  /^(?:build|make|compose|assemble|render)_(?:\w+_)?context(?:_(?:text|block))?$/;
const APPENDS = /\.(?:WriteString|[aA]ppend(?:Line|Format)?|push|push_str)$/;

/** Functions that do something with a prompt that they are given. */
const NOT_MADE = pattern`
    ^(?:on|handle|process|draw|enqueue|send|submit|run|execute|save|store|delete|remove|update
    |validate|check|parse|log|print|dispatch|route|receive|post|list|show|display|edit|import
    |export|test|count|load|read|fetch|find|register|copy|is|has|should|can)_`;
/** What tells somebody something, in a function that makes a prompt too. */
const SHOWS = pattern`
    ^(?:(?:post|send|reply|respond|say|speak|emit|broadcast|publish|notify|show|display|alert
    |toast|flash|log|print|warn|raise|throw|fail|abort|reject|exit|write_error|set_error
    |set_status|edit_message|follow_?up|answer|record|trace|track|report|capture)(?:_\w+)?
    |f?printf|fprintln|puts|echo|json|status|info|debug|fatalf?|panic|errorf?|new_error
    |error_with_\w+|http_error|esc_\w+|\w*exception)!?$`;

/** Settings of prompts, parts of a page, and what asks a person. */
const NO_MAKER = pattern`
    (?:settings|config|options|section|panel|page|view|component|dialog|modal|form|list|button
    |card|editor|input|tab|menu|field|hint|help|tooltip|preview|picker|selector)$|^(?:render|draw
    |output|echo|add|create)_\w*_(?:fields?|rows?|columns?|tooltip|help|notice|meta_?box|control
    |widget|label|box|tabs|table)$|^prompts?_(?:for|user|install\w*|confirm\w*|select\w*|input
    |choice)|(?:^|_)(?:confirm(?:ation)?|password|login|menu)_prompt`;

/** Is a function called like what makes a prompt, and not what handles or shows one? */
export function makesPrompt(name: string): boolean {
  const scope = snakeCase(name);
  return MAKES_PROMPT.test(scope) && !NO_MAKER.test(scope) && !NOT_MADE.test(scope);
}

/** What a function called `buildSystemPrompt` returns. */
export function byScope(entry: Entry, key: string, text: string): PromptFinding | undefined {
  const scope = snakeCase(entry.scope.at(-1) ?? "");
  if (isFieldText(entry) || NO_MAKER.test(scope) || NOT_MADE.test(scope)) return undefined;
  // `class Prompts { const Review = "..." }`
  const [holder, within] = [snakeCase(entry.scope.at(-1) ?? ""), entry.path.length];
  const constant = within === 1 && entry.path[0]?.kind === "key" && !SHOWN.test(key);
  if (HOLDER.test(holder) && constant && isProse(text, 4)) {
    return { confidence: "sure", why: `stands in ${entry.scope.at(-1)}` };
  }
  // `match self { Kind::Short => "..." }`
  const { path, frame } = entry;
  const arm = path.length <= 2 && frame.block !== true && /^(?:_|[A-Z]\w*)$/.test(keyOf(entry));
  if (key !== "" && !arm && !WEAK_KEY.test(key) && !LINES.test(key)) return undefined;
  const added = MAKES_CONTEXT.test(scope) && entry.path.at(-1)?.kind === "call";
  if (added && APPENDS.test(calleeOf(entry)) && isProse(text, 6)) {
    return { confidence: "possible", why: `added to what ${entry.scope.at(-1)} makes` };
  }
  const owner = snakeCase(entry.scope.at(-2) ?? "");
  const made = (MAKER.test(owner) && MADE_BY.test(scope)) || (HOLDER.test(owner) && key === "");
  if (!MAKES_PROMPT.test(scope) && !made) return undefined;
  if (entry.path.some(({ kind, name }) => kind === "call" && SHOWS.test(calledName(name)))) {
    return undefined;
  }
  // A heading between what is filled in.
  const heading = text.includes(HOLE) && text.includes("\n");
  const least = heading || OPENING.test(text) ? 4 : 6;
  if (!isProse(text, least)) return undefined;
  return { confidence: "sure", why: `${entry.scope.at(-1)} makes a prompt` };
}

const SCHEMA = /^(?:get_?)?(?:input_?|tool_?|args_?)?(?:schema|parameters)(?:_schema)?$/i;
const PARAMETER =
  /(?:^|\.)(?:Tool|Function|Skill)?Param(?:eter)?(?:Info|Schema|Definition)?(?:\.new)?$/;

/** `func (w *Weather) Description() string { return "..." }`, in a class or a folder of tools. */
export function ofToolMethod(
  { scope, path, value, frame }: Entry,
  { inTools, calls }: PromptContext,
): PromptFinding | undefined {
  const method = scope.at(-1);
  // `def parameters = [Parameter.new(name: "limit", description: "...", type: "integer")]`
  const [owner, key] = path.slice(-2);
  if (owner?.kind === "call" && key?.name === "description" && PARAMETER.test(owner.name)) {
    // `"days" to SkillParameter(type = "integer", description = "...")`
    const keyed = path.some(({ name }) => name === "parameters");
    const told = (keyed || frame.bound.has("name")) && frame.bound.has("type");
    const asked = inTools === true || keyed || /^(?:get_?)?parameters$/i.test(method ?? "");
    if (!told || !asked || !isProse(value.text, 3)) return undefined;
    return { confidence: "sure", why: "describes what a tool takes" };
  }
  // `fn schema(&self) -> Value { json!({ "properties": { "query": { "description": "..." } } }) }`
  const ofSchema =
    SCHEMA.test(method ?? "") && path.some(({ name }) => /^[pP]roperties$/.test(name));
  const isOwn = scope.slice(0, -1).some((name) => /Tool(?:Base|Kit)?$|^Tool/.test(name));
  if (ofSchema && /^[dD]escription$/.test(key?.name ?? "") && (inTools === true || isOwn)) {
    if (isProse(value.text, 2)) return { confidence: "sure", why: "describes what a tool takes" };
  }
  // `func (Order) Schema() map[string]any`, of an answer, in a file that asks a model.
  const answer = ofSchema && calls === true && frame.bound.has("type");
  if (answer && key?.name === "description" && isProse(value.text, 3)) {
    return { confidence: "possible", why: "describes a field of what the model is to answer" };
  }
  // `export const FETCH_DESCRIPTION = "..."`
  const constant = path.length === 1 && /^[A-Z][A-Z\d_]*_DESCRIPTION$/.test(path[0]?.name ?? "");
  if (constant && inTools === true && isProse(value.text, 12)) {
    return { confidence: "possible", why: "describes a tool, in a file of tools" };
  }
  if (method === undefined || !/^(?:get|tool)?_?description$/i.test(method)) return undefined;
  if (path.some(({ kind }) => kind === "key") || !isProse(value.text, 4)) return undefined;
  if (!isOwn && inTools !== true) return undefined;
  return { confidence: "sure", why: "the description of a tool is sent with each call" };
}
