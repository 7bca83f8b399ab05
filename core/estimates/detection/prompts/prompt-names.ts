import { pattern, patternOfAnyCase } from "../pattern.ts";
import type { Entry } from "../reading/entry.ts";
import { lastName, remembered, snakeCase } from "../words.ts";

/** Names that many a thing of a file has. */
export const GENERAL = patternOfAnyCase`
  ^(?:content|text|message|value|data|input|query|question|result|output|body|response|answer|reply
  |msg|line|str|string|arg|args|user(?:_?input|_?message)?|m|s|q|t)$`;

/** Names of what people are shown of a thing. */
export const SHOWN = pattern`
  (?:^|_)(?:title|label|name|hint|help|description|placeholder|icon|emoji|message|error|id|url
  |subtitle|caption|tooltip|summary|example|welcome|greeting)$`;

/** What a function may do with a text before it hands it on. */
const KEEPS = pattern`
  (?:^|[._])(?:append\w*|push(?:_str)?|add(?:Line|_line)?|write_?(?:str(?:ing)?|line)|WriteString
  |join|concat|dedent|trim\w*|strip\w*|cleandoc|[fF]ormat|formatted|s?printf|tr|to_string
  |[tT]oString|String|from|into|implode|replace\w*|get\w*OrDefault|getOrElse|fetch|dig|listOf
  |mapOf|hashMapOf|List\.of|Map\.of|Array\.of|asList|array|freeze|dict|Map|entry)!?$`;

/** `text.orElse("...")`, `defaultIfBlank(text, "...")`: what stands for a text that was not given. */
const OTHERWISE = pattern`
  (?:^|[._])(?:[oO]rElse|unwrap_or|[iI]f(?:NullOr)?(?:Null|Empty|Blank)(?:As)?
  |default(?:If[A-Z]\w+|String))$`;

export const standsInstead = remembered((callee) => OTHERWISE.test(callee));

/** `text.push_str("...")`, `sb.AppendLine("...")`, `lines.add("...")` */
export const APPENDS = pattern`
    (?:^|\.)([A-Za-z_$]\w*)\.(?:[aA]ppend\w*|push(?:_str)?|[wW]rite(?:String|_str|Line)?
    |add(?:Line)?|concat)$`;

/** `trim`, `"...".join`: asked of the same few calls again and again. */
export const keepsText = remembered((callee) => KEEPS.test(callee) || standsInstead(callee));

/** Methods that give the text they are called on, or a member of it. */
const OF_OWNER = pattern`
  ^(?:get\w*|fetch|dig|join|concat|format|formatted|trim\w*|strip\w*|replace\w*|render|substitute
  |safe_substitute|map|filter|slice|toString|to_s|String|String\w+|value|at|random|sample|invoke
  |freeze|toLowerCase|lower)$`;

/** Names whose text may stand in a value: of `TONES.get(x)` the table, of `rules()` the function. */
export function namesIn(written: string): readonly string[] {
  const called = written.endsWith("()");
  const chain = called ? written.slice(0, -2) : written;
  const name = lastName(chain);
  if (name === chain) return [written];
  const owner = lastName(chain.slice(0, -name.length - 1));
  if (!called && /^(?:self|this|cls)$/.test(owner)) return [name];
  // `message.content` is not the variable `content`.
  const field = GENERAL.test(name) || SHOWN.test(snakeCase(name));
  if (!called) return field ? [owner] : [name, owner];
  return OF_OWNER.test(name) ? [owner] : [`${name}()`];
}

/** What a name is bound to: `system = TONES[kind]`, `return INTRO + rules()`. */
export interface Binding {
  readonly scope: readonly string[];
  /** As they stand there. */
  readonly written: readonly string[];
}

/** Of each variable, and of each function with `()`, the names in what it is bound to or gives. */
export function bindingsOf(entries: readonly Entry[]): ReadonlyMap<string, Binding[]> {
  const found = new Map<string, Binding[]>();
  for (const { role, value, path, scope } of entries) {
    if (role !== "value" && role !== "mention") continue;
    const written = value.kind === "name" ? [value.text] : value.parts;
    const key = written === undefined ? undefined : boundName(path, scope);
    if (written === undefined || key === undefined) continue;
    const bound = found.get(key);
    if (bound === undefined) found.set(key, [{ scope, written }]);
    else bound.push({ scope, written });
  }
  return found;
}

function boundName(path: Entry["path"], scope: readonly string[]): string | undefined {
  const [first] = path;
  // `parts.push(RULES)`
  const called = first?.kind === "call" && path.length === 1 && first.name.includes(".");
  const added = called ? APPENDS.exec(first.name)?.[1] : undefined;
  if (added !== undefined) return added;
  const bound = first?.kind === "key";
  for (let at = bound ? 1 : 0; at < path.length; at += 1) {
    const step = path[at];
    if (step?.kind !== "list" && !keepsText(step?.name ?? "")) return undefined;
  }
  if (bound) return first.name.replace(/^[$@]+/, "");
  const maker = scope.at(-1);
  return maker === undefined ? undefined : `${maker}()`;
}
