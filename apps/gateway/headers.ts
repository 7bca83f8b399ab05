import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Tags } from "#core/ledger/schema.ts";
import type { Upstream } from "./upstream.ts";

/** What of a client's headers a provider gets to see; its account and organisation are ours. */
const PASSED = [
  "accept",
  "user-agent",
  "anthropic-version",
  "anthropic-beta",
  "openai-beta",
  "x-goog-api-client",
  "traceparent",
] as const;

/** The key as each provider's SDK sends it. */
export function credentialOf(headers: IncomingHttpHeaders, url: string): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const given = bearer ?? headers["x-api-key"] ?? headers["x-goog-api-key"] ?? headers["api-key"];
  if (typeof given === "string" && given !== "") return given;
  const question = url.indexOf("?");
  if (question < 0) return undefined;
  return new URLSearchParams(url.slice(question + 1)).get("key") ?? undefined;
}

export function upstreamHeaders(
  headers: IncomingHttpHeaders,
  upstream: Upstream,
  bodyBytes: number,
): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = {
    host: upstream.baseUrl.host,
    "content-type": "application/json",
    "content-length": bodyBytes,
    // What is compressed cannot be metered as it passes.
    "accept-encoding": "identity",
  };
  for (const name of PASSED) {
    const value = headers[name];
    if (typeof value === "string") sent[name] = value;
  }
  if (upstream.secret !== undefined) {
    if (upstream.auth === "bearer") sent.authorization = `Bearer ${upstream.secret}`;
    else if (upstream.auth !== "none") sent[upstream.auth] = upstream.secret;
  }
  return sent;
}

/** Of this hop only, or ours to say; cookies of a provider are no business of its callers. */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "set-cookie",
  "openai-organization",
  "openai-project",
  "anthropic-organization-id",
]);

/** `keepsLength` is false where the body is changed on its way. */
export function clientHeaders(
  headers: IncomingHttpHeaders,
  keepsLength: boolean,
): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = {};
  for (const name in headers) {
    if (DROPPED.has(name) || (!keepsLength && name === "content-length")) continue;
    sent[name] = headers[name];
  }
  return sent;
}

const DIMENSIONS = [
  "team",
  "project",
  "agent",
  "workflow",
  "product",
  "feature",
  "environment",
  "customer",
  "person",
] as const satisfies readonly (keyof Tags)[];

export interface Dimensions {
  readonly tags: Tags;
  readonly session: string | undefined;
  readonly trace: string | undefined;
  readonly promptRevision: string | undefined;
}

const MAX_LENGTH = 256;
const PREFIX = "x-aispend-";
/** Of a request without a header of ours. */
export const NO_TAGS: Tags = {};
const NO_DIMENSIONS: Dimensions = {
  tags: NO_TAGS,
  session: undefined,
  trace: undefined,
  promptRevision: undefined,
};

/** What `x-aispend-*` says a call was for, or which header cannot be taken. */
export function dimensionsOf(headers: IncomingHttpHeaders): Dimensions | string {
  let isTagged = false;
  for (const name in headers) if (name.startsWith(PREFIX)) isTagged = true;
  if (!isTagged) return NO_DIMENSIONS;
  const read = (name: string): string | undefined => {
    const value = headers[`${PREFIX}${name}`];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const tags: Record<string, string> = {};
  for (const name of DIMENSIONS) {
    const value = read(name);
    if (value !== undefined) tags[name] = value;
  }
  const found = {
    tags,
    session: read("session"),
    trace: read("trace"),
    promptRevision: read("prompt-revision")?.slice(0, 128),
  };
  for (const [name, value] of [...Object.entries(tags), ...Object.entries(found)]) {
    if (typeof value === "string" && !isPlain(value)) {
      return `the header x-aispend-${name} is longer than ${MAX_LENGTH} or not plain text`;
    }
  }
  return found;
}

function isPlain(value: string): boolean {
  if (value.length > MAX_LENGTH) return false;
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code < 32 || code === 127) return false;
  }
  return true;
}
