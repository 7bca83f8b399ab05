import { pattern } from "../pattern.ts";
import { calleeOf, type Entry } from "../reading/entry.ts";
import { HOLE } from "../reading/scan-text.ts";
import { lastName, remembered, snakeCase } from "../words.ts";
import { isModelName } from "./model-words.ts";

const TALKING = pattern`
    ^(?:count_tokens|get_num_tokens|num_tokens\w*|\w*encoding\w*|tokenizer_for|t|tr|i18n|matches!?
    |translate|gettext|print|println|printf|log|debug|info|warn|warning|error|exception|fatal
    |startswith|starts_with|ends_with|endswith|includes|contains|has|index_of|match|test|replace
    |split|assert\w*|expect|to_(?:be|equal|contain|match|have)\w*|it|describe|panic|has_prefix
    |has_suffix|equals|equal|in_array|selected|checked|str_contains|str_starts_with|echo|raise
    |encoding_for_model|console|span|set_attribute|skip\w*|require|import|include\??|start_with\??
    |getenv_only|command|option|help|track|track_event|capture|identify|record_event|log_event
    |add_breadcrumb)$`;

const FORMS = pattern`
    (?:^|_)(?:(?:chat_)?templates?|formats?|tokenizers?|encodings?|icons?|colou?rs?|labels?|logos?
    |descriptions?)_(?:map|table|by_\w+)$`;
const KEEPS = /(?:map|table|cache|registry|dict|limits|encodings|sizes)\.(?:put|set|insert|add)$/i;
const SAYS = /^(?:\$?t|i18n\.t|console\.\w+)$/;
/** A function that counts tokens asks no model. */
const COUNTS = pattern`
    ^(?:get_|estimate_|calculate_)?(?:count|len|num|n)_?\w*tokens?(?:_|$)
    |^(?:estimate|calculate|compute|measure|truncate|trim)_\w*tokens?(?:_|$)
    |tokens?_(?:count|length|len)$|tokenizer|encoding|tiktoken`;
/** `option.AddChoice("GPT-4o", "gpt-4o")`: one of those that a command lets somebody pick. */
export const ADDS_CHOICE = /(?:^|[._])[aA]dd_?(?:[cC]hoices?|[oO]ption)$/;

/** `is_available("gpt-4o")`, `supportsVision("gpt-4o")`: what is asked of a model. */
const QUESTION = /^(?:is|has|can|supports|should|does)_\w|_(?:is|are|has|can)_\w/;
/** `os.getenv("GPT4_DEPLOYMENTS")`: what a variable is called. */
const VARIABLE = /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/;
const READS_VARIABLE = /env/i;

const ROUTES =
  /^@?(?:\w*Mapping|GET|POST|PUT|PATCH|DELETE|Path|Route|Http(?:Get|Post|Put|Delete))$/;

/** `@POST(value = "llama2/chat")`: where a program is asked itself. */
export function isRoute({ path }: Entry): boolean {
  return path.some(({ kind, name }) => kind === "call" && ROUTES.test(name));
}

/** Is the value said to somebody, compared, counted or looked up, and not chosen? */
export function isTalk(entry: Entry): boolean {
  const [owner, innermost] = [entry.path.at(-2), entry.path.at(-1)];
  // `model: str = typer.Option("gpt-4o", help="...")` is the default of what it is bound to.
  const bound = innermost?.kind === "call" && owner?.kind === "key" && isModelName(owner.name);
  const given = innermost?.kind === "key" && isModelName(innermost.name);
  const option =
    (bound && entry.position === 0 && /(?:^|\.)Option$/.test(innermost.name)) ||
    (given && /(?:^|\.)option$/i.test(calleeOf(entry)));
  // `encodings.put(Models.GPT_4, ...)` looks something up by a model.
  const called = innermost?.kind === "call" && entry.position === 0 ? innermost.name : "";
  const puts = KEEPS.test(called) || ADDS_CHOICE.test(called) || asks(called);
  const variable = READS_VARIABLE.test(called) && VARIABLE.test(entry.value.text);
  // What documentation of an interface shows, and what only the form of a text depends on.
  const shown = entry.path.some(({ name }) => isForm(name));
  return (
    shown ||
    puts ||
    variable ||
    entry.path.some(({ kind, name }) => kind === "call" && SAYS.test(name)) ||
    counts(entry.scope.at(-1) ?? entry.path[0]?.name ?? "") ||
    (talks(calleeOf(entry)) && !option) ||
    /^console\.|^logger\.|^log\.|tokenizer/i.test(calleeOf(entry))
  );
}

const isForm = remembered((name) => /^examples?$/.test(name) || FORMS.test(snakeCase(name)));
const counts = remembered((name) => COUNTS.test(snakeCase(name)));
const asks = remembered((callee) => QUESTION.test(snakeCase(lastName(callee))));
const talks = remembered((callee) => TALKING.test(snakeCase(lastName(callee))));

/** Where the id of a model stands behind what only the running program knows. */
const BEHIND = new RegExp(
  `^(?:(arn:aws)[^/\\s]*:|[^/\\s]*)(?:${HOLE}|\\$\\{[^{}\\s]{1,80}\\})[^/\\s]*/([\\w.:@-]+)$`,
);

/** `arn:aws:bedrock:${region}::foundation-model/anthropic.claude-3-haiku-20240307-v1:0` */
export function modelBehind(text: string, named: boolean): string | undefined {
  if (text.length > 300 || !/[\uFFFC$].*\//.test(text)) return undefined;
  const [, arn, id] = BEHIND.exec(text) ?? [];
  return named || arn !== undefined ? id : undefined;
}

const ADDRESS =
  /(?:^|\/)(?:openai\/deployments|deployments|models?|engines|run)\/|\/v\d\w*\/[\w/]*\?model=/;
/** Where an address of a provider says which model is called. */
const IN_ADDRESS = pattern`
    /openai/deployments/([\w.:-]+)(?:[/?]|$)|/(?:models?|deployments
    |engines)/([\w.:%-]+)/(?:invoke|converse|completions|chat/completions|embeddings|edits)|(?:^
    |/)models/([\w.@-]+):(?:\w*[gG]enerateContent|\w*[pP]redict|\w*[eE]mbedContents?)\b
    |(?:api-inference\.huggingface\.co|hf-inference)/(?:pipeline/[\w-]+|models)/([\w.-]+/[\w.-]+)
    |/v1/models/([\w.-]+/[\w.-]+)/predictions|/v\d\w*/[\w/]*\?model=([\w.:/-]+)
    |/ai/run/(@cf/[\w.-]+/[\w.-]+)`;

/** `.../models/gemini-2.5-flash:generateContent`: the model that an address calls. */
export function addressedModel(text: string): string | undefined {
  if (text.length > 500 || !ADDRESS.test(text)) return undefined;
  const found = IN_ADDRESS.exec(text)
    ?.slice(1)
    .find((id) => id !== undefined);
  return found === undefined || found.includes(HOLE) || !/[a-z]/i.test(found) ? undefined : found;
}

/** `Resource: arn:aws:bedrock:...` beside `Action`, `resources = [...]` of a statement. */
export function isAllowed({ path, frame }: Entry): boolean {
  const [key] = path.filter(({ kind }) => kind === "key").slice(-1);
  if (!/^(?:not_?)?resources?$/i.test(key?.name ?? "")) return false;
  const near = [...frame.bound.keys(), ...(frame.owner?.bound.keys() ?? [])];
  return near.some((name) => /^(?:not_?)?(?:actions?|effect)$/i.test(name));
}
