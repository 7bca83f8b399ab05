import { pattern } from "../pattern.ts";
import type { Entry } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";
import type { PromptFinding } from "./prompt-place.ts";
import { isProse } from "./prose.ts";

/** Decorators that hand a function to a model, with what its docstring says of it. */
export const TOOL = pattern`
    ^(?:(?:function|beta|async|ai|llm|agent|mcp|structured|langchain)_)?tool(?:_plain)?$
    |^(?:register_for_llm|kernel_function|ai_function|as_tool|tool_function)$`;
/** Decorators that make the docstring itself the instruction. */
const ASKS = /(?:^|\.)(?:ell\.(?:simple|complex)|ai_fn|ai_model|marvin\.fn|prompt|llm_prompt)$/;

/** `ToolNode([search])`, `bind_tools([search])`, `FunctionTool(search)` */
const HANDS = pattern`
    ^(?:bind_tools|tool_node|(?:async_|long_running_)?function_tool|with_tools|add_tools?
    |register_tools?|from_function|from_defaults)$`;
const MAX_TOOLS = 500;

/** Names of the functions that a file hands to a model: `Agent(tools=[search])`. */
export function handedAsTools(entries: readonly Entry[]): ReadonlySet<string> {
  const names = new Set<string>();
  if (!entries.some(({ role, marks }) => role === "statement" && marks !== undefined)) return names;
  for (const { value, path } of entries) {
    if (value.kind !== "name" || names.size >= MAX_TOOLS) continue;
    const handed = path.slice(-3).some(({ name, kind }) => {
      if (kind === "list") return false;
      return kind === "key" ? /(?:^|_)tools$/i.test(name) : HANDS.test(snakeCase(lastName(name)));
    });
    if (handed) names.add(lastName(value.text));
  }
  return names;
}

const LISTED = /\b(?:tools\s*=|ToolNode\(|bind_tools\(|with_tools\()\s*\[([^\]]{1,2000})\]/g;

/** The same of the texts of other files, by the shape of a list of tools alone. */
export function handedBy(texts: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of texts) {
    if (!/\btools|ToolNode/.test(text)) continue;
    for (const [, list = ""] of text.matchAll(LISTED)) {
      for (const [name] of list.matchAll(/[A-Za-z_]\w*/g))
        if (names.size < MAX_TOOLS) names.add(name);
    }
  }
  return names;
}

/** Does the file mark its tools? Then those that it does not mark are none. */
export function marksTools(entries: readonly Entry[]): boolean {
  return entries.some(({ role, marks = [] }) => {
    return role === "statement" && marks.some((mark) => TOOL.test(snakeCase(lastName(mark))));
  });
}

/** `@router.post("/measure")`: asked by programs, whatever tool has its name. */
const ROUTE = /(?:^|_|\.)(?:router|app|api|bp|blueprint)\.(?:get|post|put|patch|delete|route)$/;
/** A function that gives tools is none. */
const MAKES_TOOLS = /^(?:make|build|create|get|load|register)_(?:\w+_)?tools?$/;

/**
 * Docstrings are comments, but for those that a library sends: of a signature, of a tool, of a
 * function that a model carries out.
 */
export function findDocstring(
  { role, value, marks, scope }: Entry,
  handed: ReadonlySet<string>,
  ofTools: boolean,
): PromptFinding | undefined {
  if (role !== "statement" || value.kind !== "text" || marks === undefined) return undefined;
  if (!isProse(value.text, 3)) return undefined;
  const name = scope.at(-1) ?? "";
  if (marks.some((mark) => ROUTE.test(mark))) return undefined;
  if (handed.has(name)) {
    return { confidence: "sure", why: "the docstring of a tool is sent with each call" };
  }
  // A function of `tools.py`, at the top of the file, or a method of its `Tools`: handed to a model
  // somewhere else.
  if (MAKES_TOOLS.test(name)) return undefined;
  const inClass = scope.length === 2 && scope[0] === "Tools";
  if (ofTools && (scope.length === 1 || inClass) && /^[a-z]/.test(name) && marks.length === 0) {
    return { confidence: "possible", why: "the docstring of a function in a file of tools" };
  }
  for (const mark of marks) {
    const called = snakeCase(lastName(mark));
    if (/(?:^|_)signature$/.test(called) || ASKS.test(mark)) {
      return { confidence: "sure", why: `the docstring of a ${mark} is sent with each call` };
    }
    if (TOOL.test(called)) {
      return { confidence: "sure", why: "the docstring of a tool is sent with each call" };
    }
  }
  return undefined;
}
