import type { Entry } from "./entry.ts";
import { pattern } from "./pattern.ts";
import type { PromptFinding } from "./prompt-place.ts";
import { isProse } from "./prose.ts";
import { lastName, snakeCase } from "./words.ts";

/** Decorators that hand a function to a model, with what its docstring says of it. */
const TOOL = pattern`
    ^(?:(?:function|beta|async|ai|llm|agent|mcp|structured|langchain)_)?tool(?:_plain)?$
    |^(?:register_for_llm|kernel_function|ai_function|as_tool|tool_function)$`;
/** Decorators that make the docstring itself the instruction. */
const ASKS = /(?:^|\.)(?:ell\.(?:simple|complex)|ai_fn|ai_model|marvin\.fn|prompt|llm_prompt)$/;

/**
 * Docstrings are comments, but for those that a library sends: of a signature, of a tool, of a
 * function that a model carries out.
 */
export function findDocstring({ role, value, marks = [] }: Entry): PromptFinding | undefined {
  if (role !== "statement" || value.kind !== "text" || !isProse(value.text, 3)) return undefined;
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
