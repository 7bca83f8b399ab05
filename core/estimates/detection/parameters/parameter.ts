import { inPriceTable } from "../models/model-id.ts";
import { pattern, patternOfAnyCase } from "../pattern.ts";
import { calleeOf, type Entry, keyOf, type Scalar } from "../reading/entry.ts";
import { traitsOf } from "../reading/frame-traits.ts";
import { folded, lastName, remembered, snakeCase } from "../words.ts";
import { isCapability } from "./model-capability.ts";
import { nearLlm } from "./near-llm.ts";
import { foundBy, keptIn, ofAsker } from "./parameter-asker.ts";
import { besideModels, isState, meansOther } from "./parameter-meaning.ts";
import { nameOf } from "./parameter-name.ts";
import { placedName } from "./parameter-place.ts";
import { type ParameterRole, RULES, type Rule } from "./parameter-rules.ts";
import { sizeName } from "./parameter-sizes.ts";

/** What the file says of its numbers. */
export interface ParameterContext {
  readonly aboutLlm: boolean;
  readonly ofLlm?: boolean;
  readonly asks?: boolean;
  /** Itself, and not only what a tool gives to whoever asked. */
  readonly calls?: boolean;
  /** It speaks of a store of vectors. */
  readonly finds?: boolean;
}

export interface ParameterFinding {
  readonly role: ParameterRole;
  readonly value: string;
  readonly confidence: "sure" | "possible";
  readonly why: string;
}

/** No number, word or switch is longer. */
const LONGEST = 60;
/** Counters, not limits. */
const COUNTED = /^(?:current|remaining|used|total|actual|consumed|observed)_/;
const EFFORT = pattern`
    ^(?:none|off|minimal|low|medium|high|x-?high|max|auto|default|adaptive|dynamic|enabled|disabled
    |summary|concise|detailed|\d+)$`;
const LOOKS_UP = /(?:^|[._])env(?:_?(?:int|float|number|str|bool)\w*|$)|clamp|bounded/i;
/** Of a method, what is held stands before it. */
const BOUNDS = /^(?!.*env)[^.]*(?:clamp|bounded)/i;
/** `entry.split("@", 2)`: what is done to a text or a number, whatever comes of it. */
const CUTS_TEXT =
  /(?:^|[._])(?:r?split\w*|substr(?:ing)?|pad(?:Start|End|Left|Right)|[lr]just|toFixed|round|pow)$/;
const WIDGET = /(?:^|[._])(?:slider|number_input|Slider|spinner|knob)$/;

const ASKED = /(?:parser|config|cfg|settings|env)\w*\.get$/i;

/** Names that say only with the one around them what is set. */
const GENERIC = patternOfAnyCase`
    ^(?:default|fallback|value|type|initial|default_(?:value|factory)|ttl|budget_tokens
    |enabled)$`;

/**
 * The parameter that a value sets, if the name and the place say that a model's cost depends on
 * it.
 */
export function findParameter(
  entry: Entry,
  { aboutLlm, ofLlm = false, asks = false, calls = asks, finds = false }: ParameterContext,
): ParameterFinding | undefined {
  if (entry.role !== "value" || !aboutLlm || entry.frame.types === true) return undefined;
  const { kind } = entry.value;
  if (kind === "text" && entry.value.text.length > LONGEST) return undefined;
  if (kind === "name" && !/cache|effort|tier/i.test(keyOf(entry))) return undefined;
  // C#'s `reasoningEffort.Value` is what a variable holds.
  const text = kind === "name" ? entry.value.text.replace(/\.Value$/, "") : entry.value.text;
  // A member of an enumeration is a value; a variable's name says nothing of one.
  const member =
    /^[\w.]+\(\)$/.test(text) ||
    (/\.[A-Z][A-Za-z\d_]*(?:\.value)?$/.test(text) &&
      !/(?:effort|effort_?level|tier|cache|control)$/i.test(text));
  if (kind === "name" && !member) return undefined;
  // The radix of `parseInt(text, 10)` is no limit.
  if (entry.position > 0 && /^parse_?int$/i.test(calleeOf(entry))) return undefined;
  if (entry.path.at(-1)?.kind === "call" && CUTS_TEXT.test(calleeOf(entry))) return undefined;
  // `parser.get("default", "reasoning_effort")` is asked in that section.
  const first = entry.position === 0 && entry.path.at(-1)?.kind === "call";
  if (first && kind === "text" && ASKED.test(calleeOf(entry))) return undefined;
  // The least of `max(1, n)` bounds nothing from above.
  if (/(?:^|\.)max$/i.test(calleeOf(entry)) && Number(text) <= 1) return undefined;
  // Behind the default of a look-up stand its bounds, and behind what is held within bounds.
  const bounds = BOUNDS.test(calleeOf(entry)) ? 0 : LOOKS_UP.test(calleeOf(entry)) ? 1 : undefined;
  if (bounds !== undefined && entry.position > bounds && entry.path.at(-1)?.kind === "call") {
    return undefined;
  }
  if (/^examples?$/.test(keyOf(entry))) return undefined;
  // The least that may be given is no choice.
  if (keyOf(entry) === "ge") return undefined;
  // The ends of a slider are no choice.
  const positional = entry.position > 0 && entry.path.at(-1)?.kind === "call";
  if (positional && WIDGET.test(calleeOf(entry)) && placedName(entry) === undefined)
    return undefined;
  // `thinking: { type: "enabled", budget_tokens: 2000 }` is told by its budget.
  const { bound } = entry.frame;
  const typed = keyOf(entry) === "type";
  if (typed && (bound.has("budget_tokens") || bound.has("budgetTokens"))) return undefined;
  const inner = nameOf(entry);
  return (
    ruled(entry, inner.name, ofLlm) ??
    (entry.path.at(-1)?.kind === "call" || GENERIC.test(inner.name)
      ? ruled(entry, outerKey(entry), ofLlm)
      : undefined) ??
    byEach(entry, ofLlm) ??
    ruled(entry, limitIn(entry), ofLlm, true) ??
    (asks ? ruled(entry, ofAsker(entry, inner.name, calls) ?? "", true, true) : undefined) ??
    ruled(
      entry,
      foundBy(entry, inner.name, finds) ?? keptIn(entry, inner.name) ?? "",
      true,
      true,
    ) ??
    (finds && inner.direct ? found(entry, inner.name) : undefined) ??
    ofDotted(entry, inner.name) ??
    placed(entry, ofLlm, asks || finds) ??
    (entry.value.kind === "number" && nearLlm(entry, "")
      ? ruled(entry, sizeName(snakeCase(inner.name)) ?? "", ofLlm, true)
      : undefined)
  );
}

/** `find_documents(question, 4)` */
function placed(entry: Entry, ofLlm: boolean, near: boolean): ParameterFinding | undefined {
  const name = placedName(entry) ?? "";
  return ruled(entry, name, ofLlm) ?? (near ? ruled(entry, name, ofLlm, true) : undefined);
}

/** `guide.top-k=10`, by its last word. */
function ofDotted(entry: Entry, name: string): ParameterFinding | undefined {
  const cut = name.lastIndexOf(".");
  if (cut === -1 || entry.frame.block !== true || entry.path.length > 1) return undefined;
  return ruled(entry, name.slice(cut + 1), false, besideModels(entry));
}

/** `max_results`, where a store of vectors is near. */
function found(entry: Entry, name: string): ParameterFinding | undefined {
  const known = ruled(entry, sizeName(snakeCase(name)) ?? name, false, true);
  return known?.role === "retrieval size" ? known : undefined;
}

/** `let limit = 4096` in `isTokenOverLimit` */
function limitIn({ path, scope, value }: Entry): string {
  const own = path.length === 1 && /^(?:max_?)?(?:limit|max|threshold)$/i.test(path[0]?.name ?? "");
  const tokens = /tokens?(?=[A-Z_]|$)/i.test(scope.at(-1) ?? "");
  return own && tokens && Number(value.text) >= LEAST_TOKENS ? "token_limit" : "";
}

const LEAST_TOKENS = 256;

/** `max_tokens_by_task: { review: 4000 }`, `reasoning_by_task: { review: "high" }` */
function byEach(entry: Entry, ofLlm: boolean): ParameterFinding | undefined {
  const around = entry.path.at(-1)?.kind === "key" ? outerKey(entry) : "";
  const [, name] = /^(\w+?)_(?:by|per|for)_(?:each_)?[a-z]+s?$/.exec(snakeCase(around)) ?? [];
  if (name === undefined) return undefined;
  return ruled(
    entry,
    /^(?:reasoning|thinking|effort)$/.test(name) ? "reasoning_effort" : name,
    ofLlm,
  );
}

/**
 * The name around a generic one: `max_tokens: { default: 100 }`, `cache_control: { type: ... }`.
 */
function outerKey(entry: Entry): string {
  const keys = entry.path.filter((step) => step.kind === "key");
  const last = entry.path.at(-1)?.kind === "key" ? keys.at(-2) : keys.at(-1);
  return last?.name ?? "";
}

interface Named {
  readonly snake: string;
  readonly rule: Rule | undefined;
}

/** What says nothing of a name: that it is a default, and that a most is a number. */
const SAYS_LITTLE = new RegExp(
  [
    /^(?:default|get)_(?!context$)(?=.)|(?<=.)_default$/,
    /(?<=^|_)(?:maximum|max_(?:num|number_of|no_of))(?=_)/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

/** The rule of a name: the same few come again and again. */
const ruleOf = remembered((name): Named => {
  const snake = snakeCase(name).replace(SAYS_LITTLE, (found) =>
    found.startsWith("max") ? "max" : "",
  );
  const counted = COUNTED.test(snake) && !/_limit$/.test(snake);
  if (snake === "" || snake.length > 60 || counted) return { snake, rule: undefined };
  return { snake, rule: RULES.find(({ pattern }) => pattern.test(snake)) };
});

/** Is a number under this name a parameter, where it stands in a call of a model? */
export function isParameterName(name: string): boolean {
  return ruleOf(name).rule?.values === "number";
}

function ruled(
  entry: Entry,
  name: string,
  ofLlm: boolean,
  known = false,
): ParameterFinding | undefined {
  const { kind, text } = entry.value;
  const { snake, rule: found } = ruleOf(name);
  if (found === undefined || !fits(found, entry.value, name)) return undefined;
  // `apply_in: { batch: true }` is a place, where no model stands beside it.
  if (snake === "batch" && kind === "boolean" && traitsOf(entry.frame).llm.length === 0)
    return undefined;
  // `Capability("prompt_caching")` names the parameter; it does not set it.
  const own = folded(text);
  if (
    kind === "text" &&
    (own === folded(snake) ||
      (text.includes("_") && (folded(snake).endsWith(own) || own.endsWith(folded(snake)))))
  ) {
    return undefined;
  }
  // `absint(given["max_tokens"] ?? 0)`: nothing was given.
  if (text === "0" && entry.instead !== undefined && /_tokens$/.test(snake)) return undefined;
  const can = isCapability(entry) && !/(?:^|_)(?:num_ctx|num_predict)$/.test(snake);
  if (inPriceTable(entry) || can || meansOther(entry, found.role, snake)) return undefined;
  // Of the constants of a source, or anywhere in a configuration.
  const { block } = entry.frame;
  const constant = ofLlm && (block === undefined || (block && entry.path.length === 1));
  const near = known || constant || nearLlm(entry, snake) || isState(entry, found.role);
  if (!found.telling && !near) return undefined;
  return {
    role: found.role,
    value: text,
    confidence: found.telling || traitsOf(entry.frame).llm.length > 0 ? "sure" : "possible",
    why: `${known ? keyOf(entry) || lastName(calleeOf(entry)) : name} sets the ${found.role}`,
  };
}

/** `limit / 20`, `budget + 1024`, of a size that may be a share of another. */
const SHARE = /^([A-Za-z_][\w.]*) (?:[*/+]|\/\/) [\d._]+$/;
const SHARED = /^(?:output limit|context size|thinking budget|chunk size|chunk overlap)$/;

/** `max_chars = max_tokens * 4` is the same size in another unit. */
function isOtherUnit(name: string, share: string): boolean {
  const [own, other] = [name, share].map((one) => /chars?|token/.exec(snakeCase(one))?.[0]);
  return own !== undefined && other !== undefined && own.slice(0, 4) !== other.slice(0, 4);
}

function fits({ role, values }: Rule, { kind, text }: Scalar, name: string): boolean {
  // A share of the chunk.
  if (role === "chunk overlap" && kind === "number" && /^0?\.\d+$/.test(text)) return true;
  const share = kind === "number" ? SHARE.exec(text)?.[1] : undefined;
  if (share !== undefined) return SHARED.test(role) && !isOtherUnit(name, share);
  const numeric = (kind === "number" && !/\d\.\d*[1-9]/.test(text)) || /^\d[\d_]*$/.test(text);
  // `4096 * 0.7` stays as it is written.
  if (kind === "number" && !numeric) return values === "number" && /^\d{3}\S* [*/] /.test(text);
  if (kind === "null") return true;
  if (role === "reasoning effort") {
    if (kind === "text" && !EFFORT.test(text.toLowerCase())) return false;
    // `effort = read(plan, least=1, most=8)`; `OLLAMA_THINK=1` is a switch.
    const turned = /^[01]$/.test(text) && /(?:^|_)THINK$/.test(name);
    if (kind === "number" && Number(text) < LEAST_TOKENS && !turned) return false;
  }
  if (values === "number") return numeric;
  if (values === "word") return kind === "text" ? /^[\w.-]{1,24}$/.test(text) : kind === "name";
  if (values === "switch" && numeric) return false;
  return (
    numeric ||
    kind === "boolean" ||
    (kind === "text" && /^[\w.-]{1,24}$/.test(text)) ||
    kind === "name"
  );
}
