import { TOOL } from "./docstring.ts";
import { calleeOf, type Entry, keyOf } from "./entry.ts";
import { pattern } from "./pattern.ts";
import type { PromptFinding } from "./prompt-place.ts";
import { calledName } from "./prompt-tool.ts";
import { isProse } from "./prose.ts";
import { lastName, snakeCase } from "./words.ts";

/** Where a model is given the schema of its answer, or of what a tool takes. */
const GIVEN_AS = pattern`
    ^(?:schema|input_schema|output_schema|parameters|args_schema|response_model|response_format
    |response_schema|text_format|output_type|output_pydantic|result_type|output_cls)$`;
const GIVEN_TO = pattern`
    ^(?:with_structured_output|zod_response_format|zod_text_format|pydantic_function_tool
    |bind_tools|zod_to_json_schema|to_json_schema|zod_schema|json_schema|to_json_schema_obj)$`;
/** `server.tool("find", "...", { query: z.string().describe("...") }, ...)` */
const TAKES = /^(?:\w+_)?tool$/;
/** Classes that are called like what a model is asked to give. */
const ANSWERS = pattern`
    (?:Output|Extract\w*|Analysis|Classif\w+|Decision|Plan|Summary|Grader?\w*|Answer|Verdict|Judg\w+
    |Evaluation|Reflection|Critique|Feedback|Intent|Reasoning|Thought|Router?Query|Structured\w*)s?$
    |^(?:Extracted|Structured|Generated|Grade|Classified)[A-Z]`;
const STORED = /(?:Request|Config|Settings|Params|Options|Create|Update|Table|Record)/;
const FIELD = /^(?:field|describe)$/;
const MAX_NAMES = 500;

/** Names of schemas that a model is given somewhere in the file. */
export function givenSchemas(entries: readonly Entry[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { role, value, path } of entries) {
    if (names.size >= MAX_NAMES) break;
    if (role !== "value" || value.kind !== "name") continue;
    const place = path.findLast(({ kind }) => kind !== "list");
    const given = place?.kind === "key" ? GIVEN_AS : GIVEN_TO;
    if (place !== undefined && given.test(snakeCase(lastName(place.name)))) {
      names.add(lastName(value.text));
    }
  }
  return names;
}

/** `Field(description="...")`, `z.string().describe("...")`: sent with the schema. */
export function findSchemaField(
  entry: Entry,
  schemas: ReadonlySet<string>,
): PromptFinding | undefined {
  if (!isFieldText(entry)) return undefined;
  const { path, scope, marks = [] } = entry;
  const model = marks.some((mark) => /(?:^|\.)BaseModel$/.test(mark));
  if (model && ANSWERS.test(scope.at(-1) ?? "") && !STORED.test(scope.at(-1) ?? "")) {
    return { confidence: "possible", why: "describes a field of what looks like an answer" };
  }
  // `def find(name: Annotated[str, Field(description="...")])`, decorated as a tool.
  const given =
    marks.some((mark) => TOOL.test(snakeCase(lastName(mark)))) ||
    scope.some((name) => schemas.has(name)) ||
    schemas.has(path[0]?.name ?? "") ||
    path.some(({ kind, name }) =>
      kind === "key" ? GIVEN_AS.test(snakeCase(name)) : TAKES.test(snakeCase(lastName(name))),
    );
  // `function getSchema() { ... z.string().describe("...") }`
  const made = path.at(-1)?.kind === "call" && /schema$/i.test(scope.at(-1) ?? "");
  if (made && !given) {
    return { confidence: "possible", why: "describes a field of a schema that is put together" };
  }
  const why = "describes a field of a schema that a model is given";
  return given ? { confidence: "sure", why } : undefined;
}

/** The text about a field of a schema, whoever reads it. */
export function isFieldText(entry: Entry): boolean {
  const { value, role, path } = entry;
  if (value.kind !== "text" || role !== "value" || value.text.length < 8) return false;
  const own = path.at(-1)?.kind === "call" || keyOf(entry) === "description";
  return own && FIELD.test(calledName(calleeOf(entry))) && isProse(value.text, 2);
}
