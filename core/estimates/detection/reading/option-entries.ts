import { pattern } from "../pattern.ts";
import { lastName, snakeCase } from "../words.ts";
import { calleeOf, type Entry, type Step } from "./entry.ts";

/** Calls that declare what a program may be told, and what it is told by default. */
const DECLARES = pattern`
    ^(?:add_argument|add_option|option|required_option|opt|flag|argument|set_default|register_option
    |(?:string|int|int32|int64|uint|uint32|float64|bool|duration)(?:_var)?(?:_?p)?
    |(?:unsigned_)?(?:small_|tiny_|big_)?integer
    |arg|new|define|define_\w+|declare|default|getopt|parse_args)$`;
/** Of these the last word is enough; the others need a flag that is written with its dashes. */
const TELLING = pattern`
    ^(?:add_argument|add_option|option|required_option|set_default
    |(?:string|int|int32|int64|uint|uint32|float64|bool|duration)(?:_var)?(?:_?p)?
    |(?:unsigned_)?(?:small_|tiny_|big_)?integer)$`;
const PARSED = /^get_?(?:int|float|boolean)$/;
const FLAG = /^(?:-\w,?[ |/])?--?([A-Za-z][\w-]{1,60})(?:[ =,[<].*)?$/;
/** `slider("Max tokens", 100, 4000, 1000)`: a label, the ends, and what is set. */
const WIDGET = /^(?:slider|number_input)$/;
const NAMED = /^(?:names?|aliases)$/;
const NAME = /^[A-Za-z][\w.-]{1,60}$/;
const DEFAULT =
  /^(?:default|(?:get_?)?default_?value|default_?(?:value_?)?factory|fallback|initial|value)$/i;

interface Declared {
  readonly name: string;
  readonly frame: Entry["frame"];
  readonly path: readonly Step[];
  readonly position: number;
}

/**
 * `add_argument("--max-tokens", default=100)`, `.option("--model <id>", "...", "gpt-4o")`,
 * `flag.Int("max-tokens", 100, "...")`: the default is bound to what the option is called.
 */
export function optionEntries(entries: readonly Entry[]): Entry[] {
  let declared: Declared | undefined;
  return entries.map((entry) => {
    if (declared === undefined && entry.value.kind !== "text") return entry;
    const found = declaredBy(entry, declared);
    if (found !== undefined) {
      declared = found;
      return entry;
    }
    if (declared === undefined || !belongs(entry, declared)) return entry;
    const [innermost] = entry.path.slice(-1);
    if (WIDGET.test(snakeCase(lastName(calleeOf(entry)))) && entry.position % 3 !== 0) return entry;
    const behind = followsOn(entry, declared);
    const given =
      innermost?.kind === "key" ? DEFAULT.test(innermost.name) : behind || isPositional(entry);
    if (saysWhatFor(entry, declared)) return { ...entry, role: "statement" };
    if (!given || entry.value.kind === "name") return entry;
    const base = innermost?.kind === "key" ? entry.path.slice(0, -1) : entry.path;
    return { ...entry, path: [...base, { name: declared.name, kind: "key" }] };
  });
}

function declaredBy(entry: Entry, before: Declared | undefined): Declared | undefined {
  const { value, frame, position } = entry;
  // `@Option(names = "--model", defaultValue = "gpt-4o")`
  const named = NAMED.test(entry.path.at(-1)?.name ?? "") && FLAG.test(value.text);
  const path = named ? entry.path.slice(0, -1) : entry.path;
  if (value.kind !== "text" || path.at(-1)?.kind !== "call" || position > 1) return undefined;
  const called = snakeCase(lastName(calleeOf(entry)));
  if (WIDGET.test(called) && position === 0 && /^[A-Za-z][\w -]{2,40}$/.test(value.text)) {
    return { name: value.text, frame, path, position };
  }
  // `config.getint("section", "max_tokens", fallback=500)`
  if (PARSED.test(called)) {
    return position === 1 ? { name: value.text, frame, path, position } : undefined;
  }
  if (!DECLARES.test(called)) return undefined;
  const flag = FLAG.exec(value.text)?.[1];
  const name = flag ?? (TELLING.test(called) && NAME.test(value.text) ? value.text : undefined);
  // `("--max-tokens", "-m")`: the first long name counts; `("-m", "--model")`: the second.
  if (name === undefined || (before?.frame === frame && flag === undefined)) return undefined;
  return { name, frame, path, position };
}

/** `flag.String("prompt", "", "what to ask")`: the last argument is about the option. */
function saysWhatFor({ value, path, position }: Entry, { name, path: call }: Declared): boolean {
  if (value.kind !== "text" || path.at(-1)?.kind !== "call" || name === "") return false;
  const called = snakeCase(lastName(call.at(-1)?.name ?? ""));
  // `new Option<string>("--model", () => "gpt-4o", "...")`: no text about it is one word with a digit.
  const told = !/^\S*\d\S*$/.test(value.text);
  if (called === "option" || called === "required_option") return position === 1 && told;
  const [, variable, short] =
    /^(?:string|int|bool|uint|float|duration)\w*?(_var)?(_?p)?$/.exec(called) ?? [];
  const usage = 2 + (variable === undefined ? 0 : 1) + (short === undefined ? 0 : 1);
  return /^(?:string|int|bool|uint|float|duration)/.test(called) && position >= usage;
}

/** In the same call, or in the braces that it is given. */
function belongs(entry: Entry, declared: Declared): boolean {
  const { frame, path } = entry;
  if (frame === declared.frame || followsOn(entry, declared)) return true;
  const call = declared.path.length - 1;
  // `new Option<int>("--max-tokens") { DefaultValueFactory = _ => 500 }`
  const initial = frame.owner === declared.frame.owner && path.length === call + 1;
  const factory = path[call]?.kind === "key" && /Factory$/.test(path[call].name);
  if (initial && factory && path[0]?.name === declared.path[0]?.name) return true;
  return path.length === declared.path.length + 1 && path[call]?.name === declared.path[call]?.name;
}

/** `option("--max-tokens").int().default(800)`: of the same chain. */
function followsOn({ frame, path, position }: Entry, declared: Declared): boolean {
  const innermost = path.at(-1);
  if (innermost?.kind !== "call" || position !== 0 || frame.root === undefined) return false;
  const own = frame.root === declared.path.at(-1)?.name && innermost.name !== frame.root;
  return own && /^default(?:_?[vV]alue)?$/.test(innermost.name);
}

/** A name or a number, and not what is said of the option. */
function isPositional(entry: Entry): boolean {
  const { value, position } = entry;
  if (position === 0 || value.kind !== "text") return position > 0;
  const called = snakeCase(lastName(calleeOf(entry)));
  return /^[^\s]{2,120}$/.test(value.text) || /^(?:required_)?option$|^string/.test(called);
}
