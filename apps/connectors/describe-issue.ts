import type { z } from "zod";
import { shownValue } from "./shown-value.ts";

/** Field names are ours or look like one; anything else under "unknown field" may be content. */
const NAME = /^[\w.-]{1,40}$/;

/** Said of the ways in that refuse unknown fields, since these are what people send by habit. */
const CONTENT = /^(messages|prompts?|completions?|responses?|content|input|output|text|choices)$/i;

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function unknownField(issue: Extract<z.core.$ZodIssue, { code: "unrecognized_keys" }>) {
  const [key = ""] = issue.keys;
  const name = NAME.test(key) ? key : `a name of ${key.length} characters`;
  const field = pathOf([...issue.path, name]);
  const reason = CONTENT.test(key)
    ? `${field} is not taken: aispend keeps no prompts and no answers; leave it out`
    : `${field} is not a field of this object; leave it out or correct its name`;
  return { field, reason };
}

const KINDS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  object: "an object",
  array: "a list",
  boolean: "true or false",
};

/** What would be right, after "it" or the name of the field. */
export function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case "too_small":
      return issue.origin === "string"
        ? `must have at least ${issue.minimum} character`
        : `must be at least ${issue.minimum}`;
    case "too_big":
      return issue.origin === "string"
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_format":
      return issue.format === "datetime"
        ? "must be an instant such as 2026-11-22T09:30:00Z, with its offset"
        : issue.message;
    case "invalid_union":
      return "must be a text or a number";
    default:
      return issue.message;
  }
}

/** The first thing wrong with an item: which field, what it holds and what would be right. */
export function describeIssue(
  error: z.ZodError,
  input: unknown,
): { field: string; reason: string } {
  const [issue] = error.issues;
  if (issue === undefined) throw new Error("a zod error has at least one issue");
  if (issue.code === "unrecognized_keys") return unknownField(issue);
  const field = pathOf(issue.path);
  if (field === "") {
    const shown = typeof input === "string" ? "a text" : shownValue(input);
    return { field, reason: `the event is ${shown}: it ${expectation(issue)}` };
  }
  const shown = shownValue(valueAt(input, issue.path));
  return { field, reason: `${field} is ${shown}: it ${expectation(issue)}` };
}
