import { pattern } from "../pattern.ts";
import { TOOL } from "../prompts/docstring.ts";
import { isHandedOn } from "../prompts/passed-prompt.ts";
import { asksModelBy } from "../prompts/prompt-asked.ts";
import { keepsText } from "../prompts/prompt-names.ts";
import { makesPrompt } from "../prompts/prompt-scope.ts";
import { type Entry, keyOf } from "../reading/entry.ts";
import { CUT, EACH } from "../reading/source-bounds.ts";
import { lastName, snakeCase } from "../words.ts";

/** A number of things or characters that are taken of something, and what becomes of them. */
export interface CutText {
  /** Where the number stands. */
  readonly entry: Entry;
  /** What is taken, where it stands. */
  readonly taken: Entry;
  /** It stands in this text. */
  readonly within?: Entry;
}

/** By which of their arguments calls say how much is taken. */
const TAKES: readonly { readonly callee: RegExp; readonly at: number }[] = [
  { callee: /(?:^|[._])(?:slice|substr(?:ing)?|Substring)$/, at: 1 },
  { callee: /(?:^|\.)(?:take|Take|prefix|first|truncate|left)$/, at: 0 },
  { callee: /(?:^|[._])mb_(?:substr|strimwidth)$|^substr$/, at: 2 },
  {
    callee: pattern`
      (?:^|[._])(?:truncate|clip|shorten|abbreviate|limit_text|trim_to|cap_text|Truncate
      |Abbreviate|safe_?[tT]runcate)(?:_(?:text|content|str|string|to|for_\w+|chars|middle)
      |Text|Content|String|Middle|At\w*|To\w*|For[A-Z]\w*)?$|Str::limit$`,
    at: 1,
  },
];
/** Fewer characters are a title or an id. */
const LEAST_TEXT = 100;
const MOST_THINGS = 99;
const THINGS = /(?:[a-z]{2}s|list|data|history|items|lines)$/i;
const NO_THINGS =
  /(?:us|ss|is|models|providers|tools|ids|hash|address|status|alias|args|bytes|digits|series)$/i;
const PAST =
  /(?:^|[._])(?:log\w*|logger|debug|info|warn\w*|error|print\w*|trace|echo|puts|write)$/i;

/** What is cut, among the numbers that are no parameters and in the texts of a file. */
export function cutTexts(numbers: readonly Entry[], entries: readonly Entry[]): CutText[] {
  const found: CutText[] = [];
  for (const entry of numbers) {
    const taken = takenBy(entry);
    if (taken !== undefined && counts(entry.value.text, taken.of)) {
      found.push({ entry, taken: taken.entry });
    }
  }
  for (const text of entries) {
    if (text.value.cuts === undefined || text.role === "key" || text.role === "compared") continue;
    for (const { of, size, line } of text.value.cuts) {
      if (!counts(size, of)) continue;
      const value = { kind: "number" as const, text: size };
      const taken = { ...text, value, line, endLine: line };
      const own = { name: `${of}${CUT}`, kind: "key" as const };
      found.push({ entry: { ...taken, path: [...text.path, own] }, taken, within: text });
    }
  }
  return found;
}

/** Is it a size of a text, or a number of things? */
function counts(size: string, of: string): boolean {
  const many = Math.abs(Number(size.replaceAll("_", "")));
  if (many >= LEAST_TEXT) return many < 10_000_000;
  return many > 1 && many <= MOST_THINGS && THINGS.test(of) && !NO_THINGS.test(of);
}

function takenBy(entry: Entry): { entry: Entry; of: string } | undefined {
  const { path, frame, position } = entry;
  const last = path.at(-1);
  if (last === undefined) return undefined;
  const cut = last.kind === "key" && last.name.endsWith(CUT);
  const call = last.kind === "call" ? last.name : "";
  if (!cut && !TAKES.some(({ callee, at }) => at === position && callee.test(call))) {
    return undefined;
  }
  const owner = call.slice(0, Math.max(0, call.length - lastName(call).length - 1));
  const named = cut ? last.name.replace(EACH, "").replace(CUT, "") : lastName(owner);
  // `let found = hits.into_iter().take(5)`
  const of = named === "" ? keyOf({ ...entry, path: path.slice(0, -1) }) : named;
  const outer = cut ? frame : (frame.owner ?? frame);
  return { entry: { ...entry, path: path.slice(0, -1), frame: outer, position: 0 }, of };
}

/** `PROMPT.format(page=page[:8000])`, `template.replace("{page}", page.slice(0, 8000))` */
const FILLS = pattern`
  (?:prompt|template|instructions?)\w*\.(?:format\w*|replace\w*|substitute|render|partial)$`;
const fills = (callee: string): boolean => FILLS.test(callee.toLowerCase());

/** `format_conversation_for_summary` */
const FOR_MODEL =
  /_for_(?:summary|summari[sz](?:ation|ing|er)|compact(?:ion|ing)|prompt|llm|model|context)$/;
const RETURNED = pattern`
  ^(?:text|content|result|results|output|response|summary|snippet|body|data|value|excerpt|preview
  |message)$`;

/** `history = append(history, truncate(output, 4000))` is sent with the next. */
const REMEMBERED = pattern`
  (?:^|[._])(?:\w*[hH]istory|scratch_?[pP]ad|transcript|observations)
  (?:\.(?:append|push|add|Add))?$`;
const JOINS =
  /^(?:append|(?:fmt\.)?Sprintf|(?:\w+\.)?[fF]ormat!?|(?:\w+\.)*(?:push|[aA]dd|append))$/;

/** Is it given to a model where it stands, or returned by what makes a prompt or by a tool? */
export function isSentThere(
  { entry, taken, within }: CutText,
  given: ReadonlySet<Entry>,
  hosts: ReadonlySet<string>,
  tools: ReadonlySet<string>,
): boolean {
  if (within !== undefined && given.has(within)) return true;
  const { path, scope, marks = [] } = taken;
  if (path.some(({ kind, name }) => kind === "call" && PAST.test(name))) return false;
  if (isHandedOn(taken)) return true;
  const called = path.filter(({ kind }) => kind === "call").map(({ name }) => name);
  if (called.some((name) => makesPrompt(lastName(name)) || asksModelBy(name) || fills(name)))
    return true;
  const others = called.filter((name) => !keepsText(name) && !JOINS.test(name));
  if (others.length === 0 && path.some(({ name }) => REMEMBERED.test(name))) return true;
  const host = hostOf(taken);
  if (others.length > 0) return false;
  if (host !== undefined && hosts.has(host)) return true;
  const maker = scope.at(-1) ?? "";
  const key = path.find(({ kind }) => kind === "key")?.name ?? "";
  const returned = key === "" || RETURNED.test(snakeCase(key));
  const makes = makesPrompt(maker) || FOR_MODEL.test(snakeCase(maker));
  if (key === "" && makes) return true;
  if (keyOf(entry).endsWith(EACH)) return false;
  const tool = tools.has(maker) || marks.some((mark) => TOOL.test(snakeCase(lastName(mark))));
  return returned && tool;
}

/** What is bound in a function under a name. */
export function hostOf({ path, scope }: Entry): string | undefined {
  const [first] = path;
  return first?.kind === "key" && path.slice(1).every(({ kind }) => kind !== "key")
    ? `${scope.join("\0")}\0${first.name}`
    : undefined;
}
