import { routeOf } from "./provider-name.ts";

/**
 * What a model's name says once routing and spelling are taken off. The name as sent stays with the
 * caller.
 */
export interface ModelName {
  /** Who serves it, where the name says so: "azure/gpt-4o", a Bedrock id, a Vertex path. */
  readonly route: string | undefined;
  /** Spellings to look up, the most exact first; lower case. */
  readonly names: readonly string[];
  /** The deployment geography that the name carries. */
  readonly region: string | undefined;
  /** Why no price list can know the model behind this name. */
  readonly opaque: string | undefined;
}

interface Routed {
  route: string | undefined;
  name: string;
  region: string | undefined;
  opaque: string | undefined;
}

const ARN = /^arn:aws[\w-]*:bedrock:([a-z0-9-]*):\d*:([a-z-]+)\/(.+)$/;
const PUBLISHER_PATH = /(?:^|\/)publishers\/[^/]+\/models\/(.+)$/;
const GEMINI_PATH = /^(?:tuned)?models\/(.+)$/;
/** Segments of LiteLLM between the provider and the model that change no price. */
const PLAIN_SEGMENT =
  /^(?:chat|converse|converse_like|global|global-standard|gpt5_series|invoke|o_series|responses)\//;
const AWS_REGION = /^((?:us|eu|ap|ca|sa|me|af|il|mx)(?:-gov)?-[a-z]+-\d)\//;
const COMMITMENT = /^\d+-month-commitment\//;
const AZURE_ZONE = /^(us|eu)\//;
const BEDROCK_ID =
  /^(?:(us-gov|global|apac|us|eu|jp|au|ca|sa|in)\.)?((?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai|qwen|writer|zai)\.[a-z0-9].*)$/;

function afterArn([, region, kind, rest]: RegExpExecArray): Routed {
  const named = kind === "foundation-model" || kind === "inference-profile";
  return {
    route: "aws",
    name: rest ?? "",
    region: region === "" ? undefined : region,
    opaque: named ? undefined : `a Bedrock ${kind} does not say its model`,
  };
}

/** Takes "bedrock/us-east-1/", "azure/eu/", "openrouter/" and the like off. */
function afterPrefixes(text: string): Routed {
  const routed: Routed = { route: undefined, name: text, region: undefined, opaque: undefined };
  const slash = text.indexOf("/");
  const route = slash < 1 ? undefined : routeOf(text.slice(0, slash));
  if (route === undefined) return routed;
  const inner = text.slice(slash + 1);
  // A gateway's own prefix is followed by the route that counts.
  if (route === "") return afterPrefixes(inner);
  routed.route = route;
  routed.name = inner;
  return afterSegments(routed);
}

function afterSegments(routed: Routed): Routed {
  for (;;) {
    const { route, name } = routed;
    const region = route === "aws" ? AWS_REGION.exec(name) : null;
    const zone = route === "azure" ? AZURE_ZONE.exec(name) : null;
    const segment = region ?? zone ?? PLAIN_SEGMENT.exec(name) ?? COMMITMENT.exec(name);
    if (segment === null) return routed;
    routed.region ??= (region ?? zone)?.[1];
    if (COMMITMENT.test(name)) routed.opaque = "provisioned throughput is not charged per token";
    routed.name = name.slice(segment[0].length);
  }
}

function routed(text: string): Routed {
  const arn = ARN.exec(text);
  if (arn !== null) return afterArn(arn);
  const path = PUBLISHER_PATH.exec(text)?.[1];
  if (path !== undefined) {
    return { route: "google", name: path, region: undefined, opaque: undefined };
  }
  const plain = GEMINI_PATH.exec(text)?.[1];
  if (plain !== undefined) {
    return { route: "google", name: plain, region: undefined, opaque: undefined };
  }
  return afterPrefixes(text);
}

/** "...-20260305" as "...-2026-03-05", which is how OpenAI dates its snapshots. */
function withDashedDate(name: string): string {
  return name.replace(/-(20\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?=-|:|$)/, "-$1-$2-$3");
}

/** "ft:gpt-4o-mini:acme::id" and Azure's "gpt-4o-mini-2024-07-18.ft-ab12" as "ft:gpt-4o-mini...". */
function fineTunedBase(name: string): string {
  const azure = /^(.+)\.ft-[0-9a-z-]+$/.exec(name)?.[1];
  if (azure !== undefined) return `ft:${azure}`;
  return name.startsWith("ft:") ? name.split(":").slice(0, 2).join(":") : name;
}

function spellings(name: string, region: string | undefined): string[] {
  const bedrock = BEDROCK_ID.exec(name);
  if (bedrock !== null) {
    const [, geography, id = name] = bedrock;
    // An unlisted geography has the region's own price. "global" and GovCloud do not.
    if (geography === "global" || geography === "us-gov") return [name];
    if (region?.startsWith("us-gov") === true) return [`us-gov.${id}`];
    return [...new Set([name, id, id.slice(id.indexOf(".") + 1)])];
  }
  // Azure allows no dot in a deployment's model.
  const base = fineTunedBase(name).replace(/^gpt-35-/, "gpt-3.5-");
  const dashed = withDashedDate(base);
  return dashed === base ? [base] : [base, dashed];
}

/** Reads "azure/gpt-4o", "us.anthropic.claude-...-v1:0", ARNs, Vertex paths and fine-tuned ids. */
export function readModelName(sent: string): ModelName {
  const { route, name, region, opaque } = routed(sent.trim().toLowerCase());
  const bedrock = BEDROCK_ID.test(name) && (route === undefined || route === "aws");
  return { route: bedrock ? "aws" : route, names: spellings(name, region), region, opaque };
}

const DATE = "20\\d\\d(?:0[1-9]|1[0-2])(?:[0-2]\\d|3[01])|20\\d\\d-\\d\\d-\\d\\d";
const VERSIONS: Readonly<Record<string, string>> = {
  // 1.5-pro-002, ...-preview-05-06, ...-preview-09-2025
  google: "-\\d{3}|-\\d\\d-(?:\\d\\d|20\\d\\d)",
  // -v1:0, and the context size of a provisioned id. A -v2 is another model (titan-embed-text).
  aws: "-v1|:\\d|:\\d+k",
  // -2507 is July 2025
  mistral: "-2[3-9](?:0[1-9]|1[0-2])",
};
const versions = new Map<string, RegExp>();

/**
 * Does the name go on after `stem` with a version and nothing else? The catalogue says "starts with
 * claude-sonnet-5", which would give a claude-sonnet-5-5 its price; a date or "-latest" is the same
 * model, any other word may be another one.
 */
export function isVersionOf(name: string, stem: string, provider: string): boolean {
  if (!name.startsWith(stem)) return false;
  if (name.length === stem.length) return true;
  let pattern = versions.get(provider);
  if (pattern === undefined) {
    const own = VERSIONS[provider];
    const each = [`[-@](?:${DATE})`, "[-@]latest", "@default", ...(own === undefined ? [] : [own])];
    pattern = new RegExp(`^(?:${each.join("|")}){1,3}$`);
    versions.set(provider, pattern);
  }
  const rest = name.slice(stem.length);
  // OpenAI dates the bases of fine-tuned models with four digits: ft:gpt-3.5-turbo-0125.
  return pattern.test(rest) || (stem.startsWith("ft:") && /^-\d{4}$/.test(rest));
}

/** The name without its version: "gpt-4o-2024-08-06" > "gpt-4o". */
export function withoutVersion(name: string): string {
  return name.replace(new RegExp(`(?:[-@](?:${DATE})|[-@]latest|@default)$`), "");
}
