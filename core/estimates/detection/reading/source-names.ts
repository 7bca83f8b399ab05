import { pattern } from "../pattern.ts";
import type { Token } from "./lexer.ts";

export const JOINTS = new Set([".", "::", "->", "?."]);

/** `ChatModel.GPT_4O` from its first name on. */
export function nameChain(tokens: readonly Token[], index: number): { text: string; end: number } {
  let text = tokens[index]?.text ?? "";
  let end = index + 1;
  while (JOINTS.has(tokens[end]?.text ?? "") && tokens[end + 1]?.kind === "name") {
    // `Provider.CLOUD -> Models.LARGE`: what is chosen stands behind what it is chosen for.
    const chosen = tokens[end]?.text === "->" && tokens[end + 2]?.text === ".";
    if (chosen && /^[A-Z]/.test(tokens[end + 1]?.text ?? "")) break;
    text += `.${tokens[end + 1]?.text}`;
    end += 2;
  }
  return { text, end };
}

const NO_CALLEE = pattern`
    ^(?:if|else|while|for|switch|return|and|or|not|in|catch|when|match|elif|await|yield|def|function
    |func|fn|fun|var|const|type|import)$`;

/** The name that an opening parenthesis calls, with what leads to it: "client.messages.create". */
export function calleeBefore(
  tokens: readonly Token[],
  index: number,
): { name: string; start: number } | undefined {
  let at = index - 1;
  at = pastTypeArguments(tokens, at);
  // Rust's `top_n::<Page>(`
  if (tokens[at]?.text === "::" && tokens[at + 1]?.text === "<") at -= 1;
  // Rust: `vec!(`, Python: `f(`; a macro's mark is part of the name.
  if (tokens[at]?.kind !== "name") return undefined;
  const names = [tokens[at]?.text ?? ""];
  if (NO_CALLEE.test(names[0] ?? "") && !JOINTS.has(tokens[at - 1]?.text ?? "")) return undefined;
  while (
    names.length < 5 &&
    JOINTS.has(tokens[at - 1]?.text ?? "") &&
    tokens[at - 2]?.kind === "name"
  ) {
    at -= 2;
    names.unshift(tokens[at]?.text ?? "");
  }
  return { name: names.join("."), start: at };
}

/** `create<Options>(`: at most a few tokens back. */
function pastTypeArguments(tokens: readonly Token[], at: number): number {
  if (tokens[at]?.text !== ">") return at;
  for (let back = at - 1; back > at - 12 && back > 0; back -= 1) {
    if (tokens[back]?.text === "<") return back - 1;
  }
  return at;
}

const TYPES = pattern`
    ^(?:string|str|String|int|int64|int32|Int|Integer|long|Long|float|float64|double|Double|bool
    |boolean|Boolean|number|any|object|usize|u32|u64|i32|i64|var|val|let|const)$`;
const NOT_KEYS = pattern`
    ^(?:if|else|elif|case|default|for|while|with|try|except|finally|def|class|lambda|return|switch
    |do|public|private|protected)$`;

/** The name on the left of a binding operator; `typed` if a type stands between them. */
export function keyBefore(
  tokens: readonly Token[],
  start: number,
  index: number,
  nameFirst = false,
): { name: string; typed: boolean } | undefined {
  let at = index - 1;
  const last = tokens[at];
  if (last === undefined || at < start) return undefined;
  if (last.kind === "text") return { name: last.text, typed: false };
  if (last.text === "]") {
    const annotated = firstName(tokens, start, at);
    // `NAME: Model["name"] =`, where a type is indexed.
    if (annotated?.typed === true && tokens[start + 1]?.text === ":") return annotated;
    if (annotated?.typed === true && tokens[start + 2]?.text === ":") return annotated;
    if (annotated?.typed === true && tokens[start + 3]?.text === ":") return annotated;
    // config["model"] = ..., but also `models []string =`
    const inside = tokens[at - 1];
    if (inside?.kind === "text" && tokens[at - 2]?.text === "[")
      return { name: inside.text, typed: false };
    return firstName(tokens, start, at);
  }
  // C#: `string Model { get; set; } = ...`
  if (last.text === "}") {
    for (let back = at - 1; back > start && at - back < 12; back -= 1) {
      const name = tokens[back - 1];
      if (tokens[back]?.text === "{" && name?.kind === "name")
        return { name: name.text, typed: false };
    }
    return undefined;
  }
  if (last.text === "?" || last.text === "!") at -= 1;
  if (last.text === ">" || last.text === ")") return firstName(tokens, start, at);
  const token = tokens[at];
  if (token === undefined || at < start || token.kind !== "name") return undefined;
  // Go: `const Flash ModelID = "..."` has its type behind the name.
  const before = tokens[at - 1];
  if (nameFirst && at - 1 >= start && before?.kind === "name" && !NOT_KEYS.test(before.text)) {
    if (!/^(?:var|const)$/.test(before.text)) return { name: before.text, typed: false };
  }
  if (TYPES.test(token.text) && at - 1 >= start) {
    if (before?.kind === "name" && !NOT_KEYS.test(before.text))
      return { name: before.text, typed: true };
    if (before?.text === ":" || before?.text === "&") return firstName(tokens, start, at - 1);
  }
  // `model: str | None = x`: the name stands before the colon.
  for (let back = at - 1; back > start && at - back < 12; back -= 1) {
    if (tokens[back]?.text === ":" && tokens[back]?.kind === "punct")
      return firstName(tokens, start, back);
  }
  return NOT_KEYS.test(token.text) ? undefined : { name: token.text, typed: false };
}

/** `fun ask(prompt: Prompt): Flow<String> = ...` binds nothing to what it is given. */
function leavesBracket(tokens: readonly Token[], from: number, to: number): boolean {
  let depth = 0;
  for (let at = from; at <= to; at += 1) {
    const { kind, text } = tokens[at] ?? {};
    if (kind !== "punct") continue;
    if (text === "(") depth += 1;
    else if (text === ")") depth -= 1;
    if (depth < 0) return true;
  }
  return false;
}

/** The last name before a type annotation, or the first of the segment. */
function firstName(
  tokens: readonly Token[],
  start: number,
  end: number,
): { name: string; typed: boolean } | undefined {
  for (let at = Math.max(start, end - 12); at < end; at += 1) {
    const token = tokens[at];
    const next = tokens[at + 1];
    const named = token?.kind === "name" && next?.text === ":";
    if (named && !leavesBracket(tokens, at, end)) return { name: token.text, typed: true };
  }
  for (let at = end - 1; at >= start && at > end - 12; at -= 1) {
    const token = tokens[at];
    if (token?.kind === "name" && !TYPES.test(token.text)) return { name: token.text, typed: true };
  }
  return undefined;
}

const DECLARES = pattern`
    ^(?:class|def|function|func|fn|fun|module|interface|enum|struct|impl|object|trait|namespace
    |record|mod)$`;
const MODIFIERS = pattern`
    ^(?:export|default|public|private|protected|internal|static|async|abstract|final|sealed|data
    |pub|override|suspend|open|partial|readonly)$`;

/** Languages in which `name(...) {` declares a method. */
const BARE_METHODS = new Set(["javascript", "java", "csharp"]);
const NO_METHOD = pattern`
    ^(?:if|for|while|switch|catch|return|new|await|yield|throw|do|else|try|using|lock|synchronized
    |with|super|this|constructor|typeof|void|delete|case)$`;
const MAX_HEAD = 120;

/** `async build(x: T): Promise<string> {`, `String build(X x) throws E {`. */
function methodName(tokens: readonly Token[], from: number): string | undefined {
  let at = from;
  while (at < from + 8 && tokens[at + 1]?.text !== "(") {
    const token = tokens[at];
    if (token === undefined || (at > from && token.first)) return undefined;
    if (token.kind !== "name" && !/^[<>[\],.?*#]$/.test(token.text)) return undefined;
    at += 1;
  }
  const name = tokens[at];
  if (name?.kind !== "name" || NO_METHOD.test(name.text) || tokens[at + 1]?.text !== "(") {
    return undefined;
  }
  if (NO_METHOD.test(tokens[from]?.text ?? "") && at > from) return undefined;
  let depth = 0;
  for (let end = at + 1; end < at + MAX_HEAD; end += 1) {
    const text = tokens[end]?.kind === "punct" ? tokens[end]?.text : "";
    if (text === "(") depth += 1;
    else if (text === ")") depth -= 1;
    if (depth > 0) continue;
    const after = tokens[end + 1];
    if (after?.text === "{" || after?.text === "throws") return name.text;
    // C#'s `private static string Tone(Kind kind) => kind switch`.
    if (after?.text === "=>" && at > from) return name.text;
    return after?.text === ":" && opensBody(tokens, end + 2) ? name.text : undefined;
  }
  return undefined;
}

/** A return type, and then the body. */
function opensBody(tokens: readonly Token[], from: number): boolean {
  for (let at = from; at < from + 14; at += 1) {
    const token = tokens[at];
    if (token === undefined || /^[;=,]$/.test(token.text)) return false;
    if (token.text === "{") return true;
  }
  return false;
}

/** The function, class or module that a line declares. */
export function scopeName(
  tokens: readonly Token[],
  index: number,
  language: string,
): string | undefined {
  let at = index;
  while (at < index + 6 && MODIFIERS.test(tokens[at]?.text ?? "")) at += 1;
  const word = tokens[at];
  if (word?.kind !== "name") return undefined;
  if (!DECLARES.test(word.text)) {
    return BARE_METHODS.has(language) ? methodName(tokens, at) : undefined;
  }
  let next = tokens[at + 1];
  // `enum class Kind`, `impl Display for Kind`
  if (word.text === "enum" && next?.text === "class") next = tokens[at + 2];
  if (word.text === "impl") return implemented(tokens, at + 1);
  // Ruby's `def self.build_prompt`
  if (next?.text === "self" && tokens[at + 2]?.text === ".") next = tokens[at + 3];
  // Go's receiver: func (s *Server) Name(
  if (next?.text === "(") {
    for (let skip = at + 2; skip < at + 9; skip += 1) {
      if (tokens[skip]?.text === ")") {
        next = tokens[skip + 1];
        break;
      }
    }
  }
  return next?.kind === "name" ? next.text : undefined;
}

/** Rust: `impl Models {`, `impl<T> Tool<T> for WebSearchTool {`: whose methods follow. */
function implemented(tokens: readonly Token[], from: number): string | undefined {
  let [depth, own]: [number, string | undefined] = [0, undefined];
  for (let at = from; at < from + 40; at += 1) {
    const { kind, text } = tokens[at] ?? {};
    if (text === undefined || text === "{" || text === "where") break;
    if (text === "<") depth += 1;
    else if (text === ">") depth -= 1;
    else if (depth === 0 && kind === "name") own = text === "for" ? undefined : text;
  }
  return own;
}

/** `class Answer(dspy.Signature):`, `class Find < Tool`, `class Find extends Tool {`; `enum Kind {` */
export function basesOf(tokens: readonly Token[], index: number): string[] {
  let at = index;
  while (at < index + 5 && !/^(?:class|enum)$/.test(tokens[at]?.text ?? "")) at += 1;
  if (tokens[at]?.text !== "class")
    return tokens[at]?.text === "enum" && at < index + 5 ? ["enum"] : [];
  const bases: string[] = [];
  let end = index + 30;
  for (at += 2; at < end; ) {
    const token = tokens[at];
    // Kotlin and C# declare what a class is made with before what it is made from.
    const after = token?.text === "(" ? pastBracket(tokens, at) : at;
    if (after > at && tokens[after]?.text === ":" && tokens[after + 1]?.first === false) {
      end += after - at;
      at = after;
      continue;
    }
    if (token === undefined || token.first || token.text === "{") break;
    if (token.kind !== "name") {
      at += 1;
      continue;
    }
    const chain = nameChain(tokens, at);
    bases.push(chain.text);
    at = chain.end;
  }
  return bases;
}

const MAX_MADE_WITH = 200;

/** Behind the bracket that closes this one; the same place where it runs on too long. */
function pastBracket(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < open + MAX_MADE_WITH; at += 1) {
    const text = tokens[at]?.kind === "punct" ? tokens[at]?.text : "";
    if (text === "(") depth += 1;
    else if (text === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return open;
}
