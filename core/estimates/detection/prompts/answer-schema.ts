import { pattern, patternOfAnyCase } from "../pattern.ts";
import { calleeOf, type Entry, keyOf } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";
import { TOOL } from "./docstring.ts";
import type { PromptFinding } from "./prompt-place.ts";
import { calledName } from "./prompt-tool.ts";
import { isProse } from "./prose.ts";

/** Where a model is given the schema of its answer, or of what a tool takes. */
const GIVEN_AS = pattern`
    ^(?:schema|input_schema|output_schema|parameters|args_schema|response_model|response_format
    |response_schema|text_format|output_type|output_pydantic|result_type|output_cls|structure
    |structured_output|output|experimental_output|pydantic_object)$`;
const GIVEN_TO = pattern`
    ^(?:with_structured_output|zod_response_format|zod_text_format|pydantic_function_tool
    |bind_tools|zod_to_json_schema|to_json_schema|zod_schema|json_schema|to_json_schema_obj
    |from_zod_schema|(?:pydantic|json)_(?:output_)?parser|require_schema)$`;
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

/** Names of schemas that a model is given somewhere in the file, or in another one. */
export function givenSchemas(
  entries: readonly Entry[],
  elsewhere: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const names = new Set(elsewhere);
  const parts: Part[] = [];
  for (const { role, value, path } of entries) {
    if (names.size >= MAX_NAMES) break;
    if (role !== "value" || value.kind !== "name") continue;
    const place = path.findLast(({ kind, name }) => kind !== "list" && !BUILDS.test(name));
    if (place === undefined) continue;
    if (isOfRoute(path)) continue;
    const name = lastName(value.text.replace(/\.shape$/, ""));
    const at = snakeCase(lastName(place.name));
    const given = place.kind === "key" ? GIVEN_AS.test(at) : GIVEN_TO.test(at) || TAKES.test(at);
    if (given) names.add(name);
    const whole = path[0]?.kind === "key" ? path[0].name : "";
    const built = path.length > 1 && path.length < 20 && path.some(({ name }) => BUILDS.test(name));
    if (built && parts.length < MAX_NAMES) parts.push({ whole, name });
  }
  addParts(names, parts);
  return names;
}

/** A schema that stands in another one: `z.object({ items: z.array(item) })`. */
interface Part {
  readonly whole: string;
  readonly name: string;
}

/** Calls that make a schema of others. */
const BUILDS = /^(?:z|v|Schema|S|Type|t|yup|Joi)\.\w+$/;

/** The schemas of which those are made that a model is given, and theirs. */
function addParts(names: Set<string>, parts: readonly Part[]): void {
  let size = -1;
  for (let round = 0; round < MAX_ROUNDS && names.size > size; round += 1) {
    size = names.size;
    for (const { whole, name } of parts) if (names.has(whole)) names.add(name);
  }
}

/** What shows that a file asks for answers of a form. */
const ASKS_FORM = pattern`
    response_(?:model|format|schema)|output_(?:type|cls|pydantic)|text_format|result_type
    |with_structured_output|generateObject|streamObject|Output\.object|zod(?:Response|Text)Format
    |withStructuredOutput|pydantic_object|OutputParser|model_json_schema|schema_json`;
const FORM = pattern`
    (?:\b(?:response_(?:model|format|schema)|output_(?:type|cls|pydantic)|text_format
    |result_type|pydantic_object)\s*=|\b(?:Pydantic|Json)OutputParser\(
    |\bwith_?[sS]tructured_?[oO]utput\(|\bzod(?:Response|Text)Format\(
    |\bschema:)\s*(?:[Ll]ist\[|z\.(?:array|object)\(\s*)?([A-Za-z]\w+)
    |\b([A-Z]\w+)\.(?:model_json_schema|schema_json)\(`;
/** `@router.get("/answers", response_model=Answer)` is read by programs. */
const ROUTE = /@\w+\.(?:get|post|put|patch|delete|api_route|route)\([^@]*$/;
const ROUTES = /\.(?:get|post|put|patch|delete|api_route|route)$/;

function isOfRoute(path: Entry["path"]): boolean {
  const named = path.at(-1)?.name === "response_model";
  return named && path.some(({ kind, name }) => kind === "call" && ROUTES.test(name));
}

const FORMS = new RegExp(FORM.source, "g");

/** The same of the texts of other files, by how an answer of a form is asked for alone. */
export function schemasBy(texts: readonly string[]): string[] {
  const names = new Set<string>();
  for (const text of texts) {
    if (!ASKS_FORM.test(text)) continue;
    for (const found of text.matchAll(FORMS)) {
      const route = found[0].startsWith("response_model") && follows(ROUTE, text, found.index);
      if (names.size < MAX_NAMES && !route) names.add(found[1] ?? found[2] ?? "");
    }
  }
  return [...names];
}

const follows = (before: RegExp, text: string, at: number): boolean =>
  before.test(text.slice(Math.max(0, at - 400), at));

const MAX_ROUNDS = 5;

/** Python: the classes of which the fields of these are made, and theirs. */
export function withNested(text: string, given: ReadonlySet<string>): ReadonlySet<string> {
  if (given.size === 0 || !text.includes("Field(")) return given;
  const bodies = new Map<string, string>();
  for (const part of text.split(/^class /m, MAX_NAMES).slice(1)) {
    bodies.set(/^\w*/.exec(part)?.[0] ?? "", part.slice(0, 8_000));
  }
  const names = new Set(given);
  let newest = [...given];
  for (let round = 0; round < MAX_ROUNDS && newest.length > 0; round += 1) {
    const inner = newest.flatMap((name) => bodies.get(name)?.match(/\b[A-Z]\w+/g) ?? []);
    newest = inner.filter((name) => bodies.has(name) && !names.has(name));
    for (const name of newest) names.add(name);
  }
  return names;
}

/** `def find(city: Annotated[str, "The name of the city"])`, of a function that is a tool. */
function isAnnotated({ path, position, marks = [], value, scope }: Entry): boolean {
  const [call, own, type] = path;
  if (path.length !== 3 || position !== 1 || type?.kind !== "list" || own?.kind !== "key") {
    return false;
  }
  if (call?.kind !== "call" || call.name !== scope.at(-1) || value.kind !== "text") return false;
  return marks.some((mark) => TOOL.test(snakeCase(lastName(mark)))) && isProse(value.text, 3);
}

/** `Field(description="...")`, `z.string().describe("...")`: sent with the schema. */
export function findSchemaField(
  entry: Entry,
  schemas: ReadonlySet<string>,
  describes = false,
): PromptFinding | undefined {
  const { path, scope, marks = [] } = entry;
  if (isAnnotated(entry)) return { confidence: "sure", why: "describes what a tool takes" };
  if (isOfSchemaClass(entry)) {
    return { confidence: "sure", why: "describes a field of what the model is to answer" };
  }
  if (!isFieldText(entry)) return undefined;
  const model = marks.some((mark) => /(?:^|\.)BaseModel$/.test(mark));
  if (model && ANSWERS.test(scope.at(-1) ?? "") && !STORED.test(scope.at(-1) ?? "")) {
    return { confidence: "possible", why: "describes a field of what looks like an answer" };
  }
  // `def find(name: Annotated[str, Field(description="...")])`, decorated as a tool.
  const given =
    marks.some((mark) => TOOL.test(snakeCase(lastName(mark)))) ||
    scope.some((name) => schemas.has(name)) ||
    (isOfBuilder(entry) && scope.some((name) => /Tool$/.test(name))) ||
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
  if (given) return { confidence: "sure", why };
  // Hardly anybody else reads what zod is told of a field.
  const own = describes && /^z\./.test(entry.frame.root ?? "") && !SETS.test(path[0]?.name ?? "");
  if (!own || !isProse(entry.value.text, 3)) return undefined;
  return { confidence: "possible", why: "describes a field in a file about models" };
}

/** Schemas of settings, of requests that people make, and of what is stored. */
const SETS = patternOfAnyCase`
  (?:Config\w*|Settings?|Options?|Env\w*|Request|Query|Body|Params?|Table|Record|Row|Entity|Dto
  |Flags|Preferences)(?:Schema|Validator|Type)?$`;

/** Ruby: `string :tone, description: "..."` of a `RubyLLM::Schema`, `param :day, desc: "..."` of a tool. */
function isOfSchemaClass({ path, value, role, marks = [] }: Entry): boolean {
  const [own] = path;
  if (path.length !== 1 || own?.kind !== "key" || !/^desc(?:ription)?$/.test(own.name))
    return false;
  if (role !== "value" || value.kind !== "text") return false;
  const schema = marks.some((mark) => /^RubyLLM\.(?:Schema|Tool)$|\bTools\.Base$/.test(mark));
  return schema && isProse(value.text, 2);
}

/** Laravel: `$schema->string()->description("...")`. */
function isOfBuilder({ path, frame }: Entry): boolean {
  return path.at(-1)?.name === "description" && /(?:^|[$.])schema\.\w+$/i.test(frame.root ?? "");
}

/** The text about a field of a schema, whoever reads it. */
export function isFieldText(entry: Entry): boolean {
  const { value, role, path } = entry;
  if (value.kind !== "text" || role !== "value" || value.text.length < 8) return false;
  const own = path.at(-1)?.kind === "call" || keyOf(entry) === "description";
  if (!own || !isProse(value.text, 2)) return false;
  return FIELD.test(calledName(calleeOf(entry))) || isOfBuilder(entry);
}
