/** One step of the way to a value: a name it is bound to, or a function it is passed to. */
export interface Step {
  readonly name: string;
  readonly kind: "key" | "call" | "list";
}

/** What stands together in one pair of brackets or one mapping: the neighbours of a value. */
export interface Frame {
  readonly id: number;
  /** Names bound here; the text where it is a short one. */
  readonly bound: Map<string, string>;
  /** What it stands in. */
  readonly owner?: Frame | undefined;
  /** Statements stand here, not the entries of one mapping or call. */
  readonly block?: boolean;
  /** A type is declared here, not a value. */
  readonly types?: boolean;
  /** Of a call: what its chain begins with, `ChatModel.builder` of `ChatModel.builder().n(2)`. */
  readonly root?: string | undefined;
  /** Of its whole chain, what stands behind it too: does it say a price, or how tokens are drawn? */
  readonly chain?: { readonly priced: boolean; readonly samples: boolean } | undefined;
}

export interface Scalar {
  readonly kind: "text" | "number" | "boolean" | "name" | "null";
  /** HOLE stands for parts that only the running program knows. */
  readonly text: string;
  /** Of a text: names that stand in it, `guide` and `rules()` of "{guide} {rules()}". */
  readonly parts?: readonly string[] | undefined;
  /** Of a text: how much of what stands in it is taken. */
  readonly cuts?: readonly Cut[] | undefined;
}

/** `{page[:3000]}` in a text: of what, how much, and in which line. */
export interface Cut {
  readonly of: string;
  readonly size: string;
  readonly line: number;
}

/** The text of an object in which nothing stands. */
export const EMPTY = "{}";

/** A value of a file, and where it belongs: what every format is read into. */
export interface Entry {
  /** Outermost first; without the functions and classes around, which are `scope`. */
  readonly path: readonly Step[];
  readonly scope: readonly string[];
  readonly value: Scalar;
  readonly line: number;
  readonly endLine: number;
  readonly frame: Frame;
  /** Which one, among the values of its frame that have no name of their own. */
  readonly position: number;
  /**
   * How it stands there: bound to a name, an operand of a comparison, a key, on its own, or as a
   * name in an expression of which more stands there.
   */
  readonly role: "value" | "compared" | "key" | "statement" | "mention";
  /** Decorators and base classes of what is declared around it; of a text alone, what it is about. */
  readonly marks?: readonly string[] | undefined;
  /** Of a number that a member is set to: whose member, `cfg.agent` of `cfg.agent.max_steps = 5`. */
  readonly owner?: string | undefined;
  /** Added to what its name was bound to before: `prompt += "..."`. */
  readonly adds?: boolean;
  /** Of what a function of the file is given by its place: what that calls it. */
  readonly argument?: string | undefined;
  /** Of a default: what it stands for, `MAX_TOKENS` of `env.MAX_TOKENS ?? 500`. */
  readonly instead?: string | undefined;
}

/** A value of a format without functions and calls: it stands alone under its name. */
export function settingOf(
  stands: Pick<Entry, "path" | "value" | "line" | "endLine" | "frame">,
): Entry {
  return { ...stands, scope: [], position: 0, role: "value" };
}

/** `MODEL=` of a .env: a name without a value. */
export function isEmptied({ value }: Entry): boolean {
  return value.kind === "null" && value.text === "";
}

/** The innermost name that a value is bound to, and whether a call stands between. */
export function keyOf(entry: Entry): string {
  for (let index = entry.path.length - 1; index >= 0; index -= 1) {
    const step = entry.path[index];
    if (step?.kind === "key") return step.name;
  }
  return "";
}

/** The innermost function that a value is passed to. */
export function calleeOf(entry: Entry): string {
  for (let index = entry.path.length - 1; index >= 0; index -= 1) {
    const step = entry.path[index];
    if (step?.kind === "call") return step.name;
  }
  return "";
}

/** `listOf("a", "b")`, `Arrays.asList("a", "b")`: calls that only make a list of what they are given. */
const COLLECTS = new RegExp(
  [
    /^(?:mutable)?(?:[lL]ist|[sS]et)Of$|^arrayOf$|(?:^|\.)asList$|(?:Set|ArrayList|Deque)$/,
    /(?:^|\.)(?:List|Set|ImmutableList|ImmutableSet|Stream|Array)\.of$/,
    /^(?:frozenset|set|list|tuple|array|collect)$/,
  ]
    .map(({ source }) => source)
    .join("|"),
);

export function makesList(callee: string): boolean {
  return COLLECTS.test(callee);
}

/** In a list, or in braces that a name is bound to as a whole. */
export function isListed({ frame, path }: Entry): boolean {
  const [owner, last] = path.length < 2 ? [undefined, path[0]] : path.slice(-2);
  if (last?.kind === "call") return makesList(last.name);
  if (last?.kind !== "key") return last?.kind === "list";
  // Only brackets of a source have no names of their own: `[]string{"a", "b"}`.
  const nameless = frame.block === false && frame.bound.size === 0;
  return nameless && (owner === undefined || owner.kind === "key");
}
