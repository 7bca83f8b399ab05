import { pattern } from "../pattern.ts";
import type { Scalar } from "./entry.ts";
import { isFloor } from "./floors.ts";
import type { Token } from "./lexer.ts";
import { boundedBy, CUT } from "./source-bounds.ts";
import { nameChain } from "./source-names.ts";
import { isOperand, joined, product, shareOf } from "./source-values.ts";
import { emit, mention, type Open, type Walk } from "./source-walk.ts";

const WORDS: Readonly<Record<string, Scalar>> = {
  true: { kind: "boolean", text: "true" },
  True: { kind: "boolean", text: "true" },
  false: { kind: "boolean", text: "false" },
  False: { kind: "boolean", text: "false" },
  None: { kind: "null", text: "null" },
  null: { kind: "null", text: "null" },
  nil: { kind: "null", text: "null" },
  undefined: { kind: "null", text: "null" },
};

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const COMPARING = words("case when in is instanceof");
const LABELS = words("case when");
const RAISES = words("raise abort throw");
const CONNECTING = words("if elif else return and or not await then");
const STATEMENTS = words("const let var val final def fn func fun for while switch try throw");
/** Most names are none of these: one look-up says so. */
const RESERVED = new Set([...COMPARING, ...RAISES, ...CONNECTING, ...STATEMENTS, "as", "to"]);
for (const word of Object.keys(WORDS)) RESERVED.add(word);
/** What a value stands behind, and how that begins by which it ends. */
const BEHIND = words("= += : ( , [ ? { := => -> ?? || ?:");
const ENDS = new Set(",;)]}?|");
const LOGS = /(?:^|\.)_?(?:log|logger|logging|console)\.\w+$|^print(?:ln|f)?$/;
/** What gives the text of a member: `Types.SONNET.getValue()` is the member. */
const ACCESSORS = pattern`
    \.(?:value|getValue|[tT]oString|to_string|String|as_str|asString|clone|into|trim|trimIndent
    |build|getModelName|modelName)$`;

/** `Model.DALL_E_3.getName()`: of a constant alone; a field of anything else is called so too. */
const NAME_OF =
  /(\.[A-Z][A-Z\d]*_[A-Z\d_]+)\.(?:getName|getId|getCode|getModel|name|id|code|model)$/;

export function name(walk: Walk, top: Open, token: Token, index: number): number {
  if (RESERVED.has(token.text)) {
    const end = reserved(walk, top, token, index);
    if (end !== undefined) return end;
  }
  const chain = memberChain(walk.tokens, index);
  const next = walk.tokens[chain.end];
  const ends =
    next === undefined || next.first || ENDS.has(next.text.charAt(0)) || next.text === "or";
  const before = walk.tokens[index - 1];
  // `x ? Models.A : Models.B`
  const chosen = next?.text === ":" && before?.kind === "punct" && before.text === "?";
  const stands =
    before?.kind === "punct" ? BEHIND.has(before.text) || isAddress(walk.tokens, index) : true;
  if (
    (ends || chosen) &&
    stands &&
    (top.key !== undefined || top.bracket === "(" || top.bracket === "[")
  ) {
    emit(walk, top, { kind: "name", text: chain.text }, index, chain.end);
  } else if (top.bracket === "{" && top.key === undefined && ends) {
    // An enumeration's members have no value of their own.
    emit(walk, top, { kind: "name", text: chain.text }, index, chain.end);
  } else mention(walk, top, next?.text === "(" ? `${chain.text}()` : chain.text, index);
  return chain.end;
}

/** What a word of the language does; undefined where it is a name like any other. */
function reserved(walk: Walk, top: Open, token: Token, index: number): number | undefined {
  // Kotlin's `"max_tokens" to 500`
  const key = walk.tokens[index - 1];
  if (token.text === "to" && key?.kind === "text" && top.key === undefined && !token.first) {
    if (walk.language.name === "kotlin" && index - 1 === top.start) top.key = key.text;
    return index + 1;
  }
  if (COMPARING.has(token.text)) {
    // `for model in [...]` goes through the models; `model in [...]` asks about one.
    const loops = walk.tokens[top.start]?.text === "for" || walk.tokens[index - 2]?.text === "for";
    if (token.text !== "in" || !loops) top.compares = true;
    if (index === top.start && LABELS.has(token.text)) top.label = true;
    return index + 1;
  }
  if (CONNECTING.has(token.text)) {
    top.compares = false;
    top.label = false;
    if (token.text === "if" && top.key === undefined) top.start = index + 1;
    return index + 1;
  }
  if (index === top.start && top.bracket === "{" && STATEMENTS.has(token.text)) top.block = true;
  // `raise Refused, "..."` says something, whatever it raises.
  if (RAISES.has(token.text) && walk.language.lineStatements === true) {
    top.key = undefined;
    top.bare = { name: token.text, kind: "call" };
    return index + 1;
  }
  // `"system" as const` says what type the value is of.
  if (token.text === "as" && walk.language.name === "javascript" && index > top.start) {
    return nameChain(walk.tokens, index + 1).end;
  }
  const word = Object.hasOwn(WORDS, token.text) ? WORDS[token.text] : undefined;
  if (word === undefined) return undefined;
  if (top.key !== undefined || top.bracket === "(") emit(walk, top, word, index, index + 1);
  return index + 1;
}

/** `model: .gpt4_o`: a member of a type that goes without saying. */
export function isMember({ tokens, language }: Walk, index: number): boolean {
  const [before, next] = [tokens[index - 1]?.text ?? "", tokens[index + 1]];
  return language.name === "swift" && /^[:=(,]$/.test(before) && next?.kind === "name";
}

export function member(walk: Walk, top: Open, index: number): number {
  const { text, end } = nameChain(walk.tokens, index + 1);
  const called = walk.tokens[end]?.text === "(";
  if (!called && top.key !== undefined) {
    emit(walk, top, { kind: "name", text: `_.${text}` }, index, end);
  }
  return called ? index + 1 : end;
}

/** `f(&prompt, ...)` hands on where the variable is. */
function isAddress(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1]?.text === "&" && /^[(,]$/.test(tokens[index - 2]?.text ?? "");
}

const GO_TAG = /^\w+:"[^"]*"(?:\s+\w+:"[^"]*")*$/;

const TAG_DEFAULT = /(?:envDefault|env-default|default):"([^"]+)"|,\s*default=([^",]+)/;

/** What a model is told of a field: `jsonschema_description:"..."`, `jsonschema:"description=..."`. */
const TAG_TEXT = /jsonschema_description:"([^"]+)"|jsonschema:"(?:[^"]*,)?description=([^",]+)/;

/** The default in a field's tag: `env:"MODEL" envDefault:"gpt-4o"`, `env:"MODEL,default=gpt-4o"`. */
function structTag(walk: Walk, top: Open, text: string, index: number): void {
  const [, own, among] = TAG_DEFAULT.exec(text) ?? [];
  const value = own ?? among;
  const field = walk.tokens[top.start];
  const [, described, noted] = TAG_TEXT.exec(text) ?? [];
  const said = described ?? noted;
  if (said !== undefined && field?.kind === "name") {
    top.key = field.text;
    emit(walk, top, { kind: "text", text: said }, index, index + 1);
    const entry = walk.entries.pop();
    const step = { name: "jsonschema_description", kind: "key" } as const;
    if (entry !== undefined) walk.entries.push({ ...entry, path: [...entry.path, step] });
    return;
  }
  if (value === undefined || field?.kind !== "name") return;
  top.key = field.text;
  const kind = /^\d+$/.test(value) ? "number" : "text";
  emit(walk, top, { kind, text: value }, index, index + 1);
}

function memberChain(tokens: readonly Token[], index: number): { text: string; end: number } {
  const chain = nameChain(tokens, index);
  if (chain.end === index + 1) return chain;
  if (!ACCESSORS.test(chain.text) && !NAME_OF.test(chain.text)) return chain;
  const called = tokens[chain.end]?.text === "(" && tokens[chain.end + 1]?.text === ")";
  const text = chain.text.replace(ACCESSORS, "").replace(NAME_OF, "$1");
  return { text, end: chain.end + (called ? 2 : 0) };
}

/** `model "gpt-4o"` and `chat.with_model "gpt-4o"`, in languages that need no brackets. */
function bareCallee({ tokens, language }: Walk, top: Open, index: number): string | undefined {
  if (!/^(?:ruby|elixir)$/.test(language.name) || top.key !== undefined) return undefined;
  const statement = top.bracket === "" || top.bracket === "{";
  if (!statement || tokens[index]?.first === true || tokens[top.start]?.kind !== "name") {
    return undefined;
  }
  const { text, end } = nameChain(tokens, top.start);
  return end === index && !KEYWORD.test(text) ? text : undefined;
}

const KEYWORD =
  /^(?:if|unless|when|case|return|and|or|not|in|else|elsif|do|then|yield|while|until)$/;

/** `variable "gpt4_endpoint" {`: what a block is called says nothing of its own. */
function isBlockLabel(tokens: readonly Token[], top: Open, index: number): boolean {
  if (top.key !== undefined || !/^\{?$/.test(top.bracket)) return false;
  const next = tokens[index + 1];
  return next?.first === false && (next.text === "{" || next.kind === "text");
}

export function literal(walk: Walk, top: Open, index: number): number {
  const token = walk.tokens[index];
  // `import { encode } from "gpt-3-encoder"` names a package.
  const [leads, source] = [walk.tokens[index - 1], walk.language.name === "javascript"];
  if (source && leads?.kind === "name" && /^(?:from|import)$/.test(leads.text)) return index + 1;
  if (walk.language.name === "hcl" && isBlockLabel(walk.tokens, top, index)) return index + 1;
  const callee = bareCallee(walk, top, index);
  if (callee !== undefined) {
    top.bare = { name: callee, kind: "call" };
    top.position = 0;
  }
  if (token?.kind === "number") {
    const { value, end } = product(walk.tokens, index);
    // What is counted up is no setting.
    if (/^[-+]=$/.test(walk.tokens[index - 1]?.text ?? "")) return end;
    if (isFloor(walk.tokens, index, end)) return end;
    const bounded = boundedBy(walk, top, index, end);
    if (bounded !== undefined) {
      // What is written to a log is sent to nobody.
      if (top.base.some(({ kind, name }) => kind === "call" && LOGS.test(name))) return end;
      const own = { name: bounded, kind: "key" as const };
      // Where a cut text goes says whether it is sent.
      const path = bounded.endsWith(CUT) ? [...top.base.slice(0, -1), own] : [own];
      emit(walk, top, { kind: "number", text: value.replace("-", "") }, index, end, path);
      return end;
    }
    // The second operand of a sum or a quotient is no value of its own.
    if (isOperand(walk.tokens, index)) {
      const share = top.key === undefined ? undefined : shareOf(walk.tokens, index, end);
      if (share !== undefined) emit(walk, top, { kind: "number", text: share }, index, end);
      return end;
    }
    emit(walk, top, { kind: "number", text: value }, index, end);
    return end;
  }
  // `{"content": "one " "two"}` of Python: a line ends a text only where a statement may end.
  const { name } = walk.language;
  const bracketed = top.bracket === "(" || (name === "python" && top.bracket !== "");
  const { text, end, names, held, cuts } = joined(walk.tokens, walk.language, bracketed, index);
  if (walk.language.name === "go" && GO_TAG.test(text)) {
    structTag(walk, top, text, index);
    return end;
  }
  const parts = names.length === 0 ? held : [...held, ...names];
  const known = parts.length === 0 ? { text } : { text, parts };
  emit(walk, top, { kind: "text", ...known, ...(cuts && { cuts }) }, index, end);
  const whole = walk.entries.at(-1);
  for (const part of names) {
    // What is joined to a text goes where the text goes.
    if (whole !== undefined) walk.entries.push({ ...whole, value: { kind: "name", text: part } });
  }
  return end;
}
