import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { BENCH_NOW } from "./database.ts";

/**
 * OpenAI's and Anthropic's administration APIs of an account with many keys, in a process of its own and
 * made beforehand, so that what is measured is the reader: their page sizes, and now and then a limit that
 * is reached. Prints its address.
 */
const { values } = parseArgs({ options: { keys: { type: "string" }, models: { type: "string" } } });
const keys = Number(values.keys ?? 1_000);
const models = Number(values.models ?? 12);
const PROJECTS = 50;
const DAY_SECONDS = 86_400;
const PARTS = ["input", "cached input", "output"];
const TOKEN_TYPES = ["uncached_input_tokens", "cache_read_input_tokens", "output_tokens"];
/** Every so many requests one is told to wait a second. */
const LIMITED_EVERY = 40;

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const seedOf = (key: number, model: number) => (key * 7 + model * 13) % 997;
const each = range(keys).flatMap((key) => range(models).map((model) => ({ key, model })));

const openAiUsage = each.map(({ key, model }) => {
  const seed = seedOf(key, model);
  return {
    object: "organization.usage.completions.result",
    input_tokens: 1_000 + seed,
    input_cached_tokens: seed,
    output_tokens: 200 + seed,
    num_model_requests: 1 + seed,
    project_id: `proj_${key % PROJECTS}`,
    api_key_id: `key_${key}`,
    model: `model-${model}`,
    batch: false,
    service_tier: "default",
  };
});
const openAiCosts = each.flatMap(({ key, model }) =>
  PARTS.map((part, index) => ({
    object: "organization.costs.result",
    amount: { value: Number(`0.00${1_000 + seedOf(key, model) * (index + 1)}`), currency: "usd" },
    line_item: `model-${model}, ${part}`,
    project_id: `proj_${key % PROJECTS}`,
    api_key_id: `key_${key}`,
    quantity: seedOf(key, model),
  })),
);
const anthropicUsage = each.map(({ key, model }) => {
  const seed = seedOf(key, model);
  return {
    uncached_input_tokens: 1_000 + seed,
    cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 0 },
    cache_read_input_tokens: 1 + seed,
    output_tokens: 200 + seed,
    api_key_id: `key_${key}`,
    workspace_id: `ws_${key % PROJECTS}`,
    model: `model-${model}`,
    service_tier: "standard",
    context_window: "0-200k",
  };
});
const anthropicCosts = range(PROJECTS).flatMap((workspace) =>
  range(models).flatMap((model) =>
    TOKEN_TYPES.map((token_type, index) => ({
      currency: "USD",
      amount: `${100 + seedOf(workspace, model) * (index + 1)}.25`,
      workspace_id: `ws_${workspace}`,
      description: `model-${model} Usage - ${token_type}`,
      cost_type: "tokens",
      context_window: "0-200k",
      model: `model-${model}`,
      service_tier: "standard",
      token_type,
    })),
  ),
);

/** A page of daily buckets as text; the provider refuses more of them than `most`. */
function buckets(
  url: URL,
  results: string,
  most: number,
  at: { readonly start: number; readonly end: number; readonly times: (day: number) => string },
): string | undefined {
  const limit = Number(url.searchParams.get("limit") ?? 7);
  if (limit > most) return undefined;
  const found: string[] = [];
  let day = Number(url.searchParams.get("page") ?? at.start);
  for (; day < at.end && found.length < limit; day += DAY_SECONDS) {
    found.push(`{${at.times(day)},"results":${results}}`);
  }
  const more = day < at.end;
  const next = more ? `"${day}"` : null;
  return `{"object":"page","data":[${found}],"has_more":${more},"next_page":${next}}`;
}

function openAiPage(url: URL, results: string, most: number): string | undefined {
  const start = Number(url.searchParams.get("start_time"));
  const end = Number(url.searchParams.get("end_time") ?? start + DAY_SECONDS);
  const times = (day: number) =>
    `"object":"bucket","start_time":${day},"end_time":${day + DAY_SECONDS}`;
  return buckets(url, results, most, { start, end, times });
}

function anthropicPage(url: URL, results: string): string | undefined {
  const seconds = (name: string) => Date.parse(url.searchParams.get(name) ?? "") / 1000;
  const iso = (day: number) => new Date(day * 1000).toISOString();
  const times = (day: number) =>
    `"starting_at":"${iso(day)}","ending_at":"${iso(day + DAY_SECONDS)}"`;
  const at = { start: seconds("starting_at"), end: seconds("ending_at"), times };
  return buckets(url, results, 31, at);
}

function listed(url: URL, rows: readonly { readonly id: string }[], cursor: string): string {
  const limit = Number(url.searchParams.get("limit") ?? 20);
  const after = url.searchParams.get(cursor);
  const start = after === null ? 0 : rows.findIndex(({ id }) => id === after) + 1;
  const data = rows.slice(start, start + limit);
  const has_more = start + limit < rows.length;
  return JSON.stringify({ object: "list", data, has_more, last_id: data.at(-1)?.id ?? null });
}

const text = {
  openAiUsage: JSON.stringify(openAiUsage),
  openAiCosts: JSON.stringify(openAiCosts),
  anthropicUsage: JSON.stringify(anthropicUsage),
  anthropicCosts: JSON.stringify(anthropicCosts),
};
const projects = range(PROJECTS).map((id) => ({ id: `proj_${id}`, name: `Project ${id}` }));
const workspaces = range(PROJECTS).map((id) => ({ id: `ws_${id}`, name: `Workspace ${id}` }));
const keyOf = (id: number) => ({
  id: `key_${id}`,
  name: `ci ${id}`,
  status: "active",
  workspace_id: `ws_${id % PROJECTS}`,
});
const PROJECT_KEYS = /^\/v1\/organization\/projects\/proj_(\d+)\/api_keys$/;
const NO_DAY = '{"data":[],"has_more":false,"next_page":null}';

/** Undefined: the provider does not answer that. */
function answer(url: URL): string | undefined {
  switch (url.pathname) {
    case "/v1/organization/usage/completions":
      return openAiPage(url, text.openAiUsage, 31);
    case "/v1/organization/usage/embeddings":
      return openAiPage(url, "[]", 31);
    case "/v1/organization/costs":
      return openAiPage(url, text.openAiCosts, 180);
    case "/v1/organization/projects":
      return listed(url, projects, "after");
    case "/v1/organizations/me":
      return '{"id":"org-bench","name":"Bench"}';
    case "/v1/organizations/workspaces":
      return listed(url, workspaces, "after_id");
    case "/v1/organizations/api_keys":
      return listed(url, range(keys).map(keyOf), "after_id");
    case "/v1/organizations/usage_report/messages":
      return anthropicPage(url, text.anthropicUsage);
    case "/v1/organizations/cost_report":
      return anthropicPage(url, text.anthropicCosts);
    case "/v1/organizations/usage_report/claude_code":
      return NO_DAY;
  }
  const project = PROJECT_KEYS.exec(url.pathname)?.[1];
  if (project === undefined) return undefined;
  const own = range(keys).filter((key) => key % PROJECTS === Number(project));
  return listed(url, own.map(keyOf), "after");
}

let asked = 0;

function send(response: ServerResponse, method: string, url: URL): void {
  asked += 1;
  response.setHeader("content-type", "application/json");
  // The usage is of the benchmark's days, and so is the provider's clock.
  response.setHeader("date", BENCH_NOW().toUTCString());
  response.setHeader("openai-organization", "org-bench");
  const limited = asked % LIMITED_EVERY === 0;
  if (limited) response.writeHead(429, { "retry-after": "1" }).end("{}");
  else if (method === "POST") response.writeHead(403).end("{}");
  else {
    const body = answer(url);
    response.writeHead(body === undefined ? 400 : 200).end(body ?? "{}");
  }
}

const server = createServer((request, response) => {
  request.resume();
  const url = new URL(request.url ?? "/", "http://server");
  send(response, request.method ?? "GET", url);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
