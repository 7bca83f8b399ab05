import { isModelId } from "../models/model-family.ts";
import { pattern } from "../pattern.ts";
import { calleeOf, type Entry, type Frame } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";

/** What a place asks of its text: the fewest words, and what is said of it. */
export interface Place {
  readonly least: number;
  readonly why: string;
}

/** What a call is called, without what says that it is awaited. */
export function calledName(chain: string): string {
  return snakeCase(lastName(chain)).replace(/(?:_streaming|_stream)?(?:_async)?$/, "");
}

/** `Tool(...)`, `ToolFunction(...)`, `FunctionDeclaration(...)` */
const DECLARES_TOOL = pattern`
    (?:^|_)(?:tool|kernel_function|ai_function|(?:tool_)?function_(?:declaration|definition|tool
    |schema|spec)|tool_(?:function|definition|declaration|spec|schema|param|info|metadata))$`;

const FUNCTION = /^(?:Gpt|GPT|Ai|AI|Llm|LLM|Chat|OpenAi|OpenAI|Tool|Kernel)Function$/;

/** Java: `@Function(name = "find", description = "...")`, `@FunctionParam(...)` */
const ANNOTATES = /^@\w*(?:Function|Tool)(?:Param(?:eter)?|Call)?$/;

/** `@controller.action("Opens a page", param_model=Page)`: what an agent of a browser may do. */
const OFFERS = /^@(?:\w+\.)*(?:registry|controller|tools)\.action$/;

/** `FunctionTool.from_defaults(f, description="...")` */
const MAKES_TOOL = /Tool\.(?:from|create|make)_?\w*$|^ResponseSchema$/;

/** `FunctionTool(f, description="...")`, `inferTool("book", "Books a flight ...")`. */
function isToolText({ path, position }: Entry, key: string): boolean {
  const [owner, innermost] = [path.at(-2), path.at(-1)];
  if (innermost?.kind === "key") {
    const called = owner?.kind === "call" ? calledName(owner.name) : "";
    if (key !== "description") return false;
    if (key === "description" && MAKES_TOOL.test(owner?.name ?? "")) return true;
    return (
      DECLARES_TOOL.test(called) ||
      ANNOTATES.test(owner?.name ?? "") ||
      OFFERS.test(owner?.name ?? "")
    );
  }
  if (innermost?.kind === "call" && OFFERS.test(innermost.name)) return position === 0;
  const makes =
    /^(?:(?:infer|new|define|create|make|register|add|function|structured)_)?tool$|^function_info$/;
  // `new GptFunction("whisper", "...", Map.of("to", new Parameter("string", "...")))`
  const within = path.some(({ kind, name }) => kind === "call" && FUNCTION.test(lastName(name)));
  const takes = innermost?.kind === "call" && /Param(?:eter)?$/.test(lastName(innermost.name));
  if (within && position === 1 && (takes || FUNCTION.test(lastName(innermost?.name ?? ""))))
    return true;
  return innermost?.kind === "call" && position >= 1 && makes.test(calledName(innermost.name));
}

/** `class Find(BaseTool): description = "..."`, `class Find < Tool` with `description "..."` */
function ofToolClass({ marks = [], path }: Entry, key: string): boolean {
  const innermost = path.at(-1);
  const named = innermost?.kind === "call" ? calledName(innermost.name) : key;
  if (!/^(?:tool_)?desc(?:ription)?$/.test(named)) return false;
  if (innermost?.kind === "call" && /Tool\.description$/.test(innermost.name)) return true;
  // `env_vars = [EnvVar(name="KEY", description="...")]` says something of its own.
  const others = path.slice(0, -1).filter(({ kind }) => kind === "call");
  if (others.some(({ name }) => !/(?:^|\.)[fF]ield$/.test(name))) return false;
  return marks.some(
    (mark) =>
      /(?:Tools?|Function|Skill)(?:Base|Kit)?$/.test(lastName(mark)) || /\bTools\.Base$/.test(mark),
  );
}

export function ofTool(entry: Entry, key: string): Place | undefined {
  const why = "the description of a tool is sent with each call";
  if (isToolText(entry, key) || ofToolClass(entry, key)) return { least: 2, why };
  if (key === "jsonschema_description") return { least: 2, why: "describes a field of a schema" };
  if (key !== "description" && key !== "desc") return undefined;
  // What is said of a template stays where it is: `PromptTemplateConfig(description="...")`.
  if (/PromptTemplate(?:Config)?$/.test(calleeOf(entry))) return undefined;
  const { bound } = entry.frame;
  // What a resource of a cluster may be, whatever its fields are called.
  if (entry.path.some(({ name }) => name === "openAPIV3Schema")) return undefined;
  // A template of infrastructure has parameters too.
  if (bound.has("Resources") || bound.has("AWSTemplateFormatVersion")) return undefined;
  const tool = [...bound.keys()].some((name) =>
    /^(?:input_schema|parameters|args_schema|params_one_of|execution_settings)$/.test(
      snakeCase(name),
    ),
  );
  // Semantic Kernel's `config.json` and YAML, beside a prompt.
  const skill =
    (bound.get("type") === "completion" && bound.has("completion")) || bound.has("template_format");
  const coded = isCoded(entry.frame) || (bound.has("type") && isCoded(entry.frame.owner?.owner));
  const taken = entry.path.some(({ name }) => snakeCase(name) === "params_one_of");
  // A model in a list of models has parameters too.
  const listed = bound.has("name") && entry.path.some(({ name }) => /^tools(?:ets?)?$/.test(name));
  // `name: lookup_tool` of an agent that is a tool of others.
  if (key === "description" && /_tool$/.test(bound.get("name") ?? "")) return { least: 4, why };
  const called = bound.get("id") ?? bound.get("name") ?? "";
  const model = called.includes("/") || isModelId(called);
  const declared = entry.path.some(
    ({ name }, at) =>
      snakeCase(name) === "properties" &&
      entry.path
        .slice(Math.max(0, at - 2), at)
        .some((step) => ARGUMENTS.test(snakeCase(step.name))),
  );
  // `fn translate_input_schema() -> Value { json!({ ... }) }`
  const made = entry.path.some(({ name }) => name === "properties") && makesSchema(entry);
  const typed = bound.has("type") || bound.has("Type");
  const argument = taken || (typed && (declared || made));
  return (tool || skill || coded || listed || argument) && !model ? { least: 2, why } : undefined;
}

function makesSchema({ scope }: Entry): boolean {
  return /(?:^|_)(?:input|tool|args|arguments|parameters|params)_schema$/.test(
    snakeCase(scope.at(-1) ?? ""),
  );
}

/** `{ name: "find", description: "...", params: [...], code: "..." }` */
function isCoded(frame: Frame | undefined): boolean {
  if (frame === undefined || !frame.bound.has("params")) return false;
  return ["code", "handler", "toolId"].some((name) => frame.bound.has(name));
}

/** What the arguments of a tool are declared under, where it is handed to a model. */
const ARGUMENTS = /^(?:parameters|input_?schema|inputSchema|functions?|function_definitions?)$/;
