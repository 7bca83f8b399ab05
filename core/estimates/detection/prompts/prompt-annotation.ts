import { calleeOf, type Entry } from "../reading/entry.ts";
import { lastName } from "../words.ts";
import { calledName, type Place } from "./prompt-tool.ts";

/** `@Description("...")`, `[Description("...")]`, `@JsonPropertyDescription("...")`. */
const ANNOTATION = /^@?(?:(?:[A-Z]\w*)?Description|Tool|ToolParam|P|ToolArg|LLMDescription)$/;
const DEFINES =
  /PropertyDefinition\.Define(?:String|Object|Integer|Number|Boolean|Array|Enum|Schema)$/;
const OF_TOOLS = /tool|function|schema|mcp|agent|skill/i;

/** What describes the fields of an answer is sent as its schema. */
export function ofAnswer(entry: Entry, key: string): Place | undefined {
  const why = "describes a field of what the model is to answer";
  const field = /^(?:input|output)_field$/.test(calledName(calleeOf(entry)));
  if (key === "desc" && field) return { least: 4, why };
  const [innermost] = entry.path.slice(-1);
  if (innermost?.kind === "call" && ANNOTATION.test(lastName(innermost.name))) {
    // `new SlashCommandBuilder().WithDescription("...")` tells people of a command.
    const toTool = [entry.frame.root ?? "", ...entry.path.map(({ name }) => name)];
    if (/^With/.test(lastName(innermost.name)) && !toTool.some((name) => OF_TOOLS.test(name)))
      return undefined;
    // C#: `[Description("Machine learning of the firm")] Own = 3` is what a choice is called.
    const choice = entry.path.at(-2)?.kind === "list" && entry.marks?.includes("enum") === true;
    return choice ? undefined : { least: 2, why };
  }
  // `PropertyDefinition.DefineString("The city")`
  if (innermost?.kind === "call" && DEFINES.test(innermost.name)) return { least: 2, why };
  return key === "schema_description"
    ? { least: 4, why: "the description of a schema is sent with each call" }
    : undefined;
}
