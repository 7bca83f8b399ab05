import { pattern } from "../pattern.ts";
import type { Step } from "./entry.ts";
import type { Token } from "./lexer.ts";
import type { Open } from "./source-walk.ts";

/** Before the name that each of a list has in its turn. */
export const LOOPS = "for ";
export const LIST: Step = { name: "[]", kind: "list" };
/** Calls whose first argument is the text itself. */
export const FORMATS = pattern`
    (?:^|\.)(?:[sS]printf|dedent|cleandoc|stripIndent|outdent|TrimSpace|strip_heredoc|unindent)$
    |^(?:__|_|gettext|format!|formatdoc!|String\.format|ptr|str_?[pP]tr|string_?[pP]tr)$
    |^(?:aws|anthropic|openai|param|genai|to|lo|cohere)\.(?:String|F|NewOpt|Ptr|ToPtr|Raw)$`;

/** Calls that make a number of another type of the one they are given. */
export const TYPES = pattern`
    ^(?:u?int(?:8|16|32|64)?|float(?:32|64)?|[ui](?:8|16|32|64|size)\.from|Number|BigInt|Int|UInt
    |Integer|Long|(?:Integer|Long|Short)\.valueOf|NonZero\w+\.new)$`;

/** `z.number().max(8192)`: the method of a schema, behind another call. */
export function isBound(
  tokens: readonly Token[],
  callee: string | undefined,
  index: number,
): boolean {
  if (callee === undefined || !/^(?:min|max|gte|lte|gt|lt|multipleOf|length)$/.test(callee)) {
    return false;
  }
  return tokens[index - 2]?.text === "." && tokens[index - 3]?.text === ")";
}

/** `llm: MODELS["gpt-4o"]` chooses a model by the table's name and the key's; a limit is looked up. */
export function tableOf(tokens: readonly Token[], top: Open, index: number): Step[] {
  const before = tokens[index - 1];
  if (before?.kind !== "name" || tokens[index]?.first === true || top.key === undefined) return [];
  if (!/models|llms/i.test(before.text) || !/model|llm/i.test(top.key)) return [];
  return /(?:cost|price|limit|context|tokens|window)/i.test(before.text + top.key)
    ? []
    : [{ name: before.text, kind: "call" }];
}

/** `for model in [...]`, `for (const model of [...])`: what is gone through has the name of each. */
function loopOver(tokens: readonly Token[], top: Open, index: number): Step[] {
  const [each, before] = [tokens[index - 2], tokens[index - 1]];
  if (before?.kind !== "name" || !/^(?:in|of)$/.test(before.text)) return [];
  const loops =
    tokens[top.start]?.text === "for" ||
    (top.bracket === "(" && tokens[top.start - 2]?.text === "for");
  return loops && each?.kind === "name" ? [{ name: `${LOOPS}${each.text}`, kind: "key" }] : [];
}

/** The way to what stands in square brackets. */
export function listSteps(tokens: readonly Token[], top: Open, index: number): Step[] {
  return [...loopOver(tokens, top, index), ...tableOf(tokens, top, index), LIST];
}

/** `PROMPTS["title"] = "..."`: the table in which a text is kept under its name. */
export function keptIn(tokens: readonly Token[], top: Open, index: number): Step | undefined {
  const [table, opened, key] = [tokens[index - 4], tokens[index - 3], tokens[index - 2]];
  if (tokens[index - 1]?.text !== "]" || key?.kind !== "text" || opened?.text !== "[") {
    return undefined;
  }
  const own = table?.kind === "name" && index - 4 - top.start <= 2;
  return own && /(?:prompts?|instructions)$/i.test(table.text)
    ? { name: table.text, kind: "key" }
    : undefined;
}

const IN_TYPE = /^[.,?[\]<|]$/;
const MAX_TYPE = 10;

/** `get<int?>("TopK")`: marks around what a function is told of types compare nothing. */
export function isTypeMark(tokens: readonly Token[], index: number): boolean {
  const step = tokens[index]?.text === "<" ? 1 : tokens[index]?.text === ">" ? -1 : 0;
  if (step === 0) return false;
  const end = step === 1 ? ">" : "<";
  for (let at = index + step; Math.abs(at - index) <= MAX_TYPE; at += step) {
    const token = tokens[at];
    if (token === undefined) return false;
    if (token.text === end && token.kind === "punct") {
      const [open, close] = step === 1 ? [index, at] : [at, index];
      return tokens[open - 1]?.kind === "name" && tokens[close + 1]?.text === "(";
    }
    if (token.kind !== "name" && !(token.kind === "punct" && IN_TYPE.test(token.text)))
      return false;
  }
  return false;
}

const MAX_ANNOTATION = 24;

/** The comma of `const TIERS: Partial<Record<Agent, Tier>> = {` ends no statement. */
export function isTypeComma(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  if (before?.kind !== "name" && before?.text !== ">" && before?.text !== "]") return false;
  let open = 0;
  let at = index - 1;
  for (; index - at <= MAX_ANNOTATION && tokens[at]?.text !== ":"; at -= 1) {
    if (!isTypePart(tokens[at])) return false;
    if (tokens[at]?.text === "<") open += 1;
    else if (tokens[at]?.text === ">") open -= 1;
  }
  if (open < 1 || tokens[at]?.text !== ":" || tokens[at - 1]?.kind !== "name") return false;
  for (at = index + 1; at - index <= MAX_ANNOTATION && open > 0; at += 1) {
    if (!isTypePart(tokens[at])) return false;
    if (tokens[at]?.text === "<") open += 1;
    else if (tokens[at]?.text === ">") open -= 1;
  }
  return open === 0 && tokens[at]?.text === "=";
}

function isTypePart(token: Token | undefined): boolean {
  if (token?.kind !== "punct") return token?.kind === "name" || token?.kind === "text";
  return token.text === ">" || IN_TYPE.test(token.text);
}

/** `LIMITS["gpt-4o"]` looks something up; `Literal["gpt-4o"]` names what is allowed. */
export function isSubscript(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  if (tokens[index]?.text !== "[" || before === undefined || tokens[index]?.first === true) {
    return false;
  }
  if (before.kind === "punct") return before.text === ")" || before.text === "]";
  if (before.kind !== "name" || tokens[index - 2]?.text === "%") return false;
  return !/!$|^(?:return|in|of|Literal|Annotated|Optional|Union|case|when|else|and|or|not)$/.test(
    before.text,
  );
}

/** `export interface Options {` and `type Options = {`. */
export function declaresType(tokens: readonly Token[], start: number): boolean {
  for (let at = start; at < start + 3; at += 1) {
    const text = tokens[at]?.text ?? "";
    if (text === "interface" || text === "type") return tokens[at + 1]?.kind === "name";
    if (!/^(?:export|declare)$/.test(text)) return false;
  }
  return false;
}

/** `resource "type" "name" {` and `variable "name" {`. */
export function blockLabels(tokens: readonly Token[], start: number, index: number): Step[] {
  return tokens
    .slice(Math.max(start, index - 4), index)
    .filter(({ kind }) => kind !== "punct")
    .map(({ text }) => ({ name: text, kind: "key" }));
}

/** A call that only formats a text, and the type of a number: `int64(4096)`. */
export function seesThrough(tokens: readonly Token[], callee: string, index: number): boolean {
  if (FORMATS.test(callee)) return true;
  return (
    tokens[index + 1]?.kind === "number" && tokens[index + 2]?.text === ")" && TYPES.test(callee)
  );
}

const GIVEN = /^(?:prompt|system|instructions?|preamble|content|text|(?:system|user)_?[pP]rompt)$/;
const TAKES =
  /(?:Message|Msg|Prompt|[sS]ystem|[uU]ser|[iI]nstructions|[pP]reamble|generate\w*|invoke|ask)$/;

/** Does what a function returns stand here where a model is told something? */
export function isGiven(top: Open): boolean {
  if (top.key !== undefined) return GIVEN.test(top.key);
  const owner = top.bracket === "(" ? top.base.at(-1) : undefined;
  return owner?.kind === "call" && TAKES.test(owner.name);
}

/** `"content": ("one " "two")`: brackets that only let a text run over several lines. */
export function holdsText(tokens: readonly Token[], index: number): boolean {
  let at = index + 1;
  while (tokens[at]?.kind === "text" || tokens[at]?.text === "+") at += 1;
  return at > index + 1 && tokens[at]?.text === ")";
}

const HOLDS = /^(?:(?:not_?)?(?:includes?|contains|has|member|indexOf|some|any|exists)[?!]?)$/i;
const PASSED = /^(?:iter|into_iter|stream|to_set|toSet|freeze)$/;

const JOINTS = new Set([".", "?.", "->", "?->"]);
const MAX_PASSED = 8;

/** `["a", "b"].includes(model)`: nothing of the list is chosen. */
export function asksWhetherIn(tokens: readonly Token[], index: number): boolean {
  let at = index;
  while (at < index + MAX_PASSED && JOINTS.has(tokens[at]?.text ?? "")) {
    const name = tokens[at + 1]?.text ?? "";
    if (!PASSED.test(name)) return HOLDS.test(name);
    at += tokens[at + 2]?.text === "(" ? 4 : 2;
  }
  return false;
}

/** C#'s `ChatHistory talk = new("...")` makes what the variable is declared to be. */
export function madeOf(tokens: readonly Token[], index: number): string | undefined {
  if (tokens[index - 1]?.text !== "new" || tokens[index - 2]?.text !== "=") return undefined;
  const [type, own] = [tokens[index - 4], tokens[index - 3]];
  const declared = type?.kind === "name" && own?.kind === "name" && /^[A-Z]/.test(type.text);
  return declared ? type.text : undefined;
}
