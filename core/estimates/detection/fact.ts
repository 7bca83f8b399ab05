import { itemOf, type Offer, offerOf, servedOffer } from "./models/listed-entry.ts";
import { modelIdentity } from "./models/model-symbol.ts";
import { type Entry, keyOf } from "./reading/entry.ts";
import { HOLE } from "./reading/scan-text.ts";
import { snakeCase } from "./words.ts";

/** One model, prompt or parameter of one version of a file. */
export interface Fact {
  readonly kind: "model" | "prompt" | "params";
  readonly line: number;
  readonly endLine: number;
  /** As written. A prompt's text never leaves core: only counts of it do. */
  readonly value: string;
  /** Equal for values that mean the same. */
  readonly meaning: string;
  /** "model", "prompt" or what the parameter does ("output limit"). */
  readonly role: string;
  /** The call site or configuration entry: "answer > client.messages.create() > max_tokens". */
  readonly where: string;
  /** The innermost name, in snake case. */
  readonly name: string;
  /** The name as the file defines it, if other files may use it. */
  readonly defines: string | undefined;
  readonly confidence: "sure" | "possible";
  readonly why: string;
  /** The name of the entry of a list in which it stands. */
  readonly item: string | undefined;
  /** Whether it stands in a list of models: none is called for being on it, if it is a long one. */
  readonly offer: Offer | undefined;
  /** It stands in a list, and not under a name of its own. */
  readonly listed?: boolean;
  /** It comes and goes with another one that stands beside it, and is told where it changes. */
  readonly beside?: true;
  /** Of a model: a name in place of one. */
  readonly symbol?: boolean;
  /** The function in which a prompt stands. */
  readonly scope?: string;
  /** Of a text that is put into a prompt of the same function: that function. */
  readonly partOf?: string;
  /** A prompt with a cache marker beside it. */
  readonly cached?: boolean;
}

/** What stands in one version of a file. */
export interface FileFacts {
  readonly facts: Fact[];
  /** Numbers that are no parameter by their name, as place and value: renamed ones are no change. */
  readonly numbers: readonly string[];
  /** The same by the whole place, name and all, where it is the only one. */
  readonly placed?: ReadonlyMap<string, Entry | undefined>;
  /** The same of constants, as name and value. */
  readonly constants?: ReadonlySet<string>;
  /** Texts that are no prompts by themselves. */
  readonly texts?: readonly Entry[];
  /** Names that stand in place of a value. */
  readonly names?: readonly Entry[];
  /** Texts of lists: prompts if others in their place are, in either version. */
  readonly beside?: readonly TextBeside[];
}

/** A text in a field of a list, or of a mapping. */
export interface TextBeside extends Fact {
  readonly mapped: boolean;
}

/** The meaning of a parameter that is written down as not set. */
export const UNSET = "unset";
/** The name of a description in front matter: a new file's counts as part of it. */
export const FRONT = "front_matter_description";

/** The call site or entry that a value belongs to, from outside in. */
export function whereOf({ path, scope }: Entry): string {
  const steps = path.filter((step) => step.kind !== "list");
  const names = steps.map((step) => (step.kind === "call" ? `${step.name}()` : step.name));
  return [...scope, ...names].join(" > ");
}

/** Where something stands, without its own name. */
export function placeOf(where: string): string {
  const cut = where.lastIndexOf(" > ");
  return cut === -1 ? "" : where.slice(0, cut);
}

/** What other files may name; a key of a configuration may be any text. */
const CONSTANT = /^(?:[A-Z][A-Z\d_]{2,}|k[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*)$/;

function offered(entry: Entry, kind: Fact["kind"], where: string): Offer | undefined {
  if (kind === "prompt") return undefined;
  return kind === "model" ? offerOf(entry, where) : servedOffer(entry, where);
}

export function makeFact(
  entry: Entry,
  kind: Fact["kind"],
  role: string,
  found: { value: string; confidence: Fact["confidence"]; why: string },
  meaning: string,
): Fact {
  const steps = entry.path.filter((step) => step.kind !== "list");
  const [outer] = steps;
  const defines =
    outer?.kind === "key" && steps.length <= 2 && CONSTANT.test(outer.name)
      ? outer.name
      : undefined;
  const where = whereOf(entry);
  return {
    kind,
    item: kind === "prompt" ? undefined : itemOf(entry),
    offer: offered(entry, kind, where),
    line: entry.line,
    endLine: entry.endLine,
    value: found.value,
    meaning,
    role,
    where,
    name: snakeCase(keyOf(entry)),
    defines,
    confidence: found.confidence,
    why: found.why,
    ...(entry.path.at(-1)?.kind === "list" ? { listed: true } : {}),
    ...(kind === "prompt" && entry.scope.length > 0 ? { scope: entry.scope.join("\0") } : {}),
  };
}

/** Is it the name of a member or a constant, and no id? */
export function isSymbol(model: string): boolean {
  return /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/.test(model) && /[A-Z_]/.test(model);
}

/** A symbol and the literal that it is called like mean the same model. */
export function meaningOf(model: string): string {
  return isSymbol(model) ? modelIdentity(model) : model.toLowerCase();
}

export function plainNumber(value: string): string {
  return /^-?\d[\d_]*$/.test(value) ? value.replaceAll("_", "") : value;
}

/** A limit of nothing, or of less, is how many libraries write that there is none. */
export function unsetOf(role: string, value: string): string | undefined {
  if (value === "null") return UNSET;
  const limits = /^(?:output limit|step limit|context size|history length|retrieval size)$/;
  return limits.test(role) && /^(?:0|-1)$/.test(value) ? UNSET : undefined;
}

/** 128_000, "128000" and 128000.0 are equal. */
export function sameValue(value: string): string {
  const number = /^-?\d[\d_]*(?:\.\d+)?$/.test(value)
    ? Number(value.replaceAll("_", ""))
    : Number.NaN;
  return Number.isNaN(number) ? value.toLowerCase() : String(number);
}

/** However what is filled in is written: in a source, a template, a configuration. */
export function sameFilled(meaning: string): string {
  return meaning.replace(/[#$%]?\{{1,2}[^{}\n]{0,60}\}{1,2}|%[sdv]/g, HOLE);
}

/** Indentation and line ends are formatting. */
export function sameText(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
