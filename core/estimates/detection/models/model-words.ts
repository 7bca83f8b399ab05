import { pattern } from "../pattern.ts";
import type { Entry } from "../reading/entry.ts";
import { remembered, snakeCase } from "../words.ts";

/** Words that say that a model is meant. */
export const MODEL_WORDS = new Set([
  "model",
  "models",
  "llm",
  "llms",
  "engine",
  "deployment",
  "deployments",
  "modelid",
  "modelname",
  "embedder",
  "embedding",
  "embeddings",
  "reranker",
  "chatmodel",
]);
/** Last words that say that something of a model is meant, not the model. */
export const OTHER_WORDS = new Set([
  "path",
  "target",
  "platform",
  "location",
  "region",
  "zone",
  "host",
  "port",
  "binary",
  "dir",
  "directory",
  "class",
  "type",
  "file",
  "filename",
  "url",
  "uri",
  "endpoint",
  "description",
  "label",
  "title",
  "display",
  "registry",
  "schema",
  "api",
  "key",
  "family",
  "prefix",
  "suffix",
  "status",
  "hash",
  "revision",
  "help",
  "doc",
  "comment",
  "message",
  "error",
  "text",
  "note",
  "notes",
  "package",
  "image",
  "icon",
  "logo",
  "slug",
  "author",
  "user",
  "branch",
  "ref",
  "tag",
  "repository",
  "repo",
  "dataset",
  "version",
  "tokenizer",
  "encoding",
  "regex",
  "pattern",
  "color",
  "provider",
  "vendor",
  "placeholder",
  "deprecated",
  "unsupported",
  "legacy",
  "tooltip",
  "summary",
  "detail",
  "login",
  "email",
  "username",
  "body",
  "sha",
  "column",
  "table",
  "field",
  "dimension",
  "dimensions",
  "index",
  "collection",
  "bucket",
  "namespace",
  "token",
  "secret",
  "password",
  "flag",
  "style",
  "format",
  "template",
  "parser",
  "backend",
  "profile",
  "command",
  "cmd",
  "alt",
  "caption",
  "heading",
  "subtitle",
  "tagline",
]);

/** What a model may be for. */
const TASKS = new Set([
  "body",
  "caption",
  "command",
  "comment",
  "description",
  "detail",
  "email",
  "image",
  "message",
  "notes",
  "profile",
  "style",
  "summary",
  "table",
  "text",
]);

/** `DEFAULT_MODEL_SUMMARY = "gpt-4o"`: the model of a task, where its value is a model's id. */
export function namesTask(snake: string): boolean {
  const [model = "", task = ""] = snake.split("_").slice(-2);
  return TASKS.has(task) && MODEL_WORDS.has(model);
}

const BUILDS = /Request|Completion|Chat|Message|Embedding|Image|Speech|Response|Agent/;

/** `CreateCompletionRequestArgs::default().model("...")`: a builder is told its model. */
export function isBuilt({ path, frame }: Entry): boolean {
  const innermost = path.at(-1);
  const names = innermost?.kind === "call" && /^(?:with_?|set_?)?model$/i.test(innermost.name);
  return names && BUILDS.test(frame.root ?? "");
}

/** `rerank_model: str = Field(default="...")`: a default is called like what it stands behind. */
export function nameBehind({ path }: Entry, key: string): string {
  const before = path.at(-1)?.kind === "key" ? path.slice(0, -1) : path;
  const own = before.findLast(({ kind }) => kind === "key");
  return key === "default" && own !== undefined ? snakeCase(own.name) : key;
}

const OF_A_MODEL = pattern`
  ^(?:config|kwargs|params|settings|options|info|dir|count|size|limit|tokens|budget|effort
  |timeout|temperature|enabled|reasoning)$`;

/** Does the name say that a model is meant? "model_path" and "view_model" do not. */
export const isModelName = remembered((name) => saysModel(snakeCase(name).split("_")));

function saysModel(words: readonly string[]): boolean {
  if (!words.some((word) => MODEL_WORDS.has(word))) return false;
  const last = words.at(-1) ?? "";
  return !OTHER_WORDS.has(last) && !OF_A_MODEL.test(last);
}
