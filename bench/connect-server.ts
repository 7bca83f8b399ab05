import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";

/**
 * OpenAI's usage and cost reports of an account with many keys, in a process of its own and made
 * beforehand, so that what is measured is the reader. Prints its address.
 */
const { values } = parseArgs({ options: { keys: { type: "string" }, models: { type: "string" } } });
const keys = Number(values.keys ?? 1_000);
const models = Number(values.models ?? 12);
const PARTS = ["input", "cached input", "output"];
const DAY_SECONDS = 86_400;

const usage: object[] = [];
const costs: object[] = [];
for (let key = 0; key < keys; key += 1) {
  for (let model = 0; model < models; model += 1) {
    const seed = (key * 7 + model * 13) % 997;
    const of = { project_id: `proj_${key % 50}`, api_key_id: `key_${key}` };
    usage.push({
      object: "organization.usage.completions.result",
      input_tokens: 1_000 + seed,
      input_cached_tokens: seed,
      output_tokens: 200 + seed,
      num_model_requests: 1 + seed,
      ...of,
      model: `model-${model}`,
      batch: false,
      service_tier: "default",
    });
    for (const [index, part] of PARTS.entries()) {
      costs.push({
        object: "organization.costs.result",
        amount: { value: Number(`0.00${1_000 + seed * (index + 1)}`), currency: "usd" },
        line_item: `model-${model}, ${part}`,
        ...of,
        quantity: seed,
      });
    }
  }
}
const bodies = { usage: JSON.stringify(usage), costs: JSON.stringify(costs) };

function page(results: string, url: URL): string {
  const limit = Number(url.searchParams.get("limit") ?? 7);
  const end = Number(url.searchParams.get("end_time"));
  const cursor = url.searchParams.get("page");
  const start = Number(cursor ?? url.searchParams.get("start_time"));
  const buckets: string[] = [];
  let at = start;
  for (; at < end && buckets.length < limit; at += DAY_SECONDS) {
    const times = `"object":"bucket","start_time":${at},"end_time":${at + DAY_SECONDS}`;
    buckets.push(`{${times},"results":${results}}`);
  }
  const more = at < end;
  const next = more ? `"${at}"` : null;
  return `{"object":"page","data":[${buckets}],"has_more":${more},"next_page":${next}}`;
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://server");
  response.setHeader("content-type", "application/json");
  if (url.pathname.endsWith("/usage/completions")) response.end(page(bodies.usage, url));
  else if (url.pathname.endsWith("/usage/embeddings")) response.end(page("[]", url));
  else response.end(page(bodies.costs, url));
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
