import type { PathFacts } from "#core/enforcement/request.ts";
import type { Wire } from "#core/enforcement/wire.ts";
import { defaultUpstream } from "./upstream.ts";

export interface Route {
  readonly wire: Wire;
  readonly upstream: string;
  /** Appended to the upstream's base URL; made here, never taken from the client. */
  readonly path: string;
  readonly facts: PathFacts;
  /** The stream is a JSON array and not server-sent events. */
  readonly isArrayStream: boolean;
}

const OPENAI =
  /^(?:\/([a-z][a-z0-9-]{0,31}))??(?:\/v1)?\/(chat\/completions|responses|embeddings)$/;
const ANTHROPIC = /^(?:\/([a-z][a-z0-9-]{0,31}))??\/v1\/messages$/;
const GEMINI =
  /^(?:\/([a-z][a-z0-9-]{0,31}))??\/(v1|v1beta|v1alpha)\/models\/([A-Za-z0-9][A-Za-z0-9._-]{0,127}):(generateContent|streamGenerateContent)$/;

const OPENAI_WIRES: Readonly<Record<string, Wire>> = {
  "chat/completions": "openai_chat",
  responses: "openai_responses",
  embeddings: "openai_embeddings",
};

/** Undefined for every path but those that are listed: nothing of a client's path goes any further. */
export function routeOf(url: string): Route | undefined {
  const known = routes.get(url);
  if (known !== undefined) return known;
  const route = readRoute(url);
  // Not what carries a key in its query.
  if (route !== undefined && !url.includes("?")) {
    if (routes.size >= CACHED_ROUTES) routes.clear();
    routes.set(url, route);
  }
  return route;
}

const CACHED_ROUTES = 1_000;
const routes = new Map<string, Route>();

function readRoute(url: string): Route | undefined {
  const question = url.indexOf("?");
  const path = question < 0 ? url : url.slice(0, question);
  const query = question < 0 ? "" : url.slice(question + 1);
  const openai = OPENAI.exec(path);
  if (openai !== null) {
    const wire = OPENAI_WIRES[openai[2] ?? ""];
    if (wire === undefined) return undefined;
    return plainRoute(wire, openai[1], `/${openai[2]}`);
  }
  const anthropic = ANTHROPIC.exec(path);
  if (anthropic !== null) {
    const beta = new URLSearchParams(query).get("beta") === "true" ? "?beta=true" : "";
    return plainRoute("anthropic_messages", anthropic[1], `/v1/messages${beta}`);
  }
  const gemini = GEMINI.exec(path);
  if (gemini === null) return undefined;
  const [, upstream, version, model, method] = gemini;
  const stream = method === "streamGenerateContent";
  const isSse = new URLSearchParams(query).get("alt") === "sse";
  return {
    wire: "gemini_generate",
    upstream: upstream ?? defaultUpstream("gemini_generate"),
    path: `/${version}/models/${model}:${method}${stream && isSse ? "?alt=sse" : ""}`,
    facts: { model, stream },
    isArrayStream: stream && !isSse,
  };
}

function plainRoute(wire: Wire, upstream: string | undefined, path: string): Route {
  const name = upstream ?? defaultUpstream(wire);
  return { wire, upstream: name, path, facts: {}, isArrayStream: false };
}

/** Whose error shape a client expects that asked for something else. */
export function shapeOf(url: string): Wire {
  if (/\/models\/[^/]*:/.test(url)) return "gemini_generate";
  return /\/messages(?:$|[/?])/.test(url) ? "anthropic_messages" : "openai_chat";
}
