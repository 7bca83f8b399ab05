import { litellmId } from "#apps/connectors/gateways/litellm.ts";
import type { Asked, Reply } from "#test/connect/contract-server.ts";

export type Row = Record<string, unknown>;

/** LiteLLM as its OpenAPI 1.103.1 has it, as far as keys go. */
export interface LiteLlm {
  readonly keys: Map<string, Row>;
  /** `upperbound_key_generate_params`: lowers a wish in silence. */
  upperbound: number | undefined;
  health: Row;
  settings: Row[];
  answer(asked: Asked): Reply | undefined;
}

export function createLiteLlm(now: Date): LiteLlm {
  const proxy: LiteLlm = {
    keys: new Map(),
    upperbound: undefined,
    health: { status: "healthy", db: "connected", cache: "redis", litellm_version: "1.103.1" },
    settings: [],
    answer: (asked) => answer(proxy, now, asked),
  };
  return proxy;
}

function answer(proxy: LiteLlm, now: Date, asked: Asked): Reply | undefined {
  const { method, path, query, body } = asked;
  const given = (body ?? {}) as Row;
  const regenerated = /^\/key\/([^/]+)\/regenerate$/.exec(path)?.[1];
  if (regenerated !== undefined) return regenerate(proxy, regenerated, given);
  switch (`${method} ${path}`) {
    case "POST /key/generate":
      return generate(proxy, now, given);
    case "POST /key/update":
    case "POST /key/block":
    case "POST /key/unblock":
      return change(proxy, path, given);
    case "GET /key/info": {
      const row = proxy.keys.get(query.get("key") ?? "");
      if (row === undefined) return { status: 404, body: { error: { message: "not found" } } };
      return { body: { key: row.token, info: row } };
    }
    case "GET /key/list":
      return list(proxy, Number(query.get("page")));
    case "GET /health/readiness":
      return { body: proxy.health };
    case "GET /config/list":
      return { body: proxy.settings };
    default:
      return undefined;
  }
}

function clamped({ upperbound }: LiteLlm, given: Row): Row {
  const budget = Number(given.max_budget);
  if (upperbound === undefined || !(budget > upperbound)) return given;
  return { ...given, max_budget: upperbound };
}

function generate(proxy: LiteLlm, now: Date, given: Row): Reply {
  const secret = String(given.key);
  const token = litellmId(secret);
  const isTaken = [...proxy.keys.values()].some((row) => row.key_alias === given.key_alias);
  if (proxy.keys.has(token) || isTaken) {
    return { status: 400, body: { error: { message: "exists" } } };
  }
  const seconds = Number(/^(\d+)s$/.exec(String(given.duration ?? ""))?.[1]);
  const expires = new Date(now.getTime() + seconds * 1000);
  proxy.keys.set(token, {
    ...clamped(proxy, given),
    key: undefined,
    token,
    blocked: false,
    spend: 0.1,
    expires: Number.isNaN(seconds) ? null : expires.toISOString(),
  });
  return { body: { key: secret, token } };
}

function change(proxy: LiteLlm, path: string, given: Row): Reply {
  const row = proxy.keys.get(String(given.key));
  if (row === undefined) return { status: 404, body: {} };
  if (path === "/key/update") Object.assign(row, clamped(proxy, given), { key: undefined });
  else row.blocked = path === "/key/block";
  return { body: row };
}

function regenerate({ keys }: LiteLlm, old: string, given: Row): Reply {
  const row = keys.get(old);
  if (row === undefined) return { status: 404, body: {} };
  const token = litellmId(String(given.new_key));
  keys.delete(old);
  keys.set(token, { ...row, token });
  return { body: { key: given.new_key, token } };
}

/** The second page begins with the last row of the first: rows shift while one reads. */
function list({ keys }: LiteLlm, page: number): Reply {
  const rows = [...keys.values()];
  const start = page === 1 ? 0 : 1;
  return { body: { keys: rows.slice(start, start + 2), total_pages: 2 } };
}
