import type { IncomingHttpHeaders } from "node:http";
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

const PLAIN = /^[\t\x20-\x7e]*$/;

/** Lines of the client's headers that go on; one that is not plain ASCII does not. */
export function passedHeaders(headers: IncomingHttpHeaders): string {
  let lines = "";
  for (const name of PASSED) {
    const value = headers[name];
    if (typeof value === "string" && PLAIN.test(value)) lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** Lines that every request to the upstream has. Throws where its key cannot stand in a header. */
export function settledHeaders({ name, baseUrl, auth, secret }: Upstream): string {
  // What is compressed cannot be metered as it passes.
  const lines =
    `host: ${baseUrl.host}\r\ncontent-type: application/json\r\n` +
    "accept-encoding: identity\r\nconnection: keep-alive\r\n";
  if (secret === undefined || auth === "none") return lines;
  if (!PLAIN.test(secret)) throw new Error(`the key of ${name} cannot stand in a header`);
  const said = auth === "bearer" ? `authorization: Bearer ${secret}` : `${auth}: ${secret}`;
  return `${lines}${said}\r\n`;
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

/**
 * What of a provider's headers (name, value, name, value) its client gets. `keepsLength` is false where
 * the body is changed on its way.
 */
export function clientHeaders(headers: readonly string[], keepsLength: boolean): string[] {
  const sent: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? "";
    const low = name.toLowerCase();
    if (DROPPED.has(low) || (!keepsLength && low === "content-length")) continue;
    sent.push(name, headers[at + 1] ?? "");
  }
  return sent;
}

/** The first of that name, in lower case. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const given = headers[at];
    if (given?.length === name.length && given.toLowerCase() === name) return headers[at + 1];
  }
  return undefined;
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
