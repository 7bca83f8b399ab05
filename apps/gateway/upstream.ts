import type { Wire } from "#core/enforcement/wire.ts";
import { AispendError } from "#core/errors.ts";

/** Where requests go, and with which key of the provider's own. */
export interface Upstream {
  /** The first part of the path: "groq" in /groq/v1/chat/completions. */
  readonly name: string;
  /** As prices know it. */
  readonly provider: string;
  /** What a path is appended to, without a slash at its end. */
  readonly baseUrl: URL;
  readonly auth: UpstreamAuth;
  readonly secret: string | undefined;
  /** How it names the output limit of a chat request that has none. */
  readonly limitField: "max_completion_tokens" | "max_tokens";
  readonly defaultOutputLimit: number;
  /** What becomes of a stream that its client left. */
  readonly onAbort: "cancel" | "drain";
  /** No model there generates faster; bounds what a cut stream thought in silence. */
  readonly tokensPerSecond: number;
  /** May its host be in a private network? */
  readonly allowPrivate: boolean;
}

export type UpstreamAuth = "bearer" | "x-api-key" | "x-goog-api-key" | "none";

export const UPSTREAM_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** The formats are found by their paths; a name that is also one of those would hide it. */
const RESERVED = new Set(["v1", "v1beta", "v1alpha", "healthz", "readyz", "metrics"]);

const PROVIDERS: Readonly<Record<string, { baseUrl: string; auth: UpstreamAuth }>> = {
  openai: { baseUrl: "https://api.openai.com/v1", auth: "bearer" },
  anthropic: { baseUrl: "https://api.anthropic.com", auth: "x-api-key" },
  gemini: { baseUrl: "https://generativelanguage.googleapis.com", auth: "x-goog-api-key" },
};

/** Which upstream serves a format whose path names none. */
export function defaultUpstream(wire: Wire): string {
  if (wire === "anthropic_messages") return "anthropic";
  return wire === "gemini_generate" ? "gemini" : "openai";
}

export interface UpstreamSettings {
  readonly name: string;
  readonly provider?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly auth?: UpstreamAuth | undefined;
  readonly secret?: string | undefined;
  readonly defaultOutputLimit?: number | undefined;
  readonly onAbort?: "cancel" | "drain" | undefined;
  readonly tokensPerSecond?: number | undefined;
  readonly allowPrivate?: boolean | undefined;
}

/**
 * Completes what an operator wrote. Throws `upstream_invalid` for a base URL that would send a
 * provider's key in the clear, or to where no provider is.
 */
export function upstreamOf(settings: UpstreamSettings): Upstream {
  const { name } = settings;
  if (!UPSTREAM_NAME.test(name) || RESERVED.has(name)) {
    throw invalid(`'${name}' cannot name a provider`, "Use small letters, digits and hyphens.");
  }
  const known = PROVIDERS[name];
  const given = settings.baseUrl ?? known?.baseUrl;
  if (given === undefined) {
    throw invalid(`there is no base URL for '${name}'`, "Give one, such as https://HOST/v1.");
  }
  const allowPrivate = settings.allowPrivate ?? false;
  return {
    name,
    provider: settings.provider ?? (name === "gemini" ? "google" : name),
    baseUrl: baseUrlOf(given, allowPrivate),
    auth: settings.auth ?? known?.auth ?? "bearer",
    secret: settings.secret,
    limitField: name === "openai" ? "max_completion_tokens" : "max_tokens",
    defaultOutputLimit: settings.defaultOutputLimit ?? 4_096,
    onAbort: settings.onAbort ?? "cancel",
    tokensPerSecond: settings.tokensPerSecond ?? 1_000,
    allowPrivate,
  };
}

function baseUrlOf(text: string, allowPrivate: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw invalid(`'${text}' is not a URL`, "Write https://HOST/PATH.");
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")) {
    throw invalid(`the base URL begins with ${url.protocol}`, "Use https.");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw invalid(
      "the base URL has a user, a query or a fragment",
      "Write only scheme, host and path.",
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (
    !allowPrivate &&
    (isPrivateAddress(host) || /^localhost$|\.(?:local|internal)$/i.test(host))
  ) {
    throw invalid(
      `the host ${host} is in a private network`,
      "Say so (--private) if the model is really served there.",
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, "");
  return url;
}

function invalid(message: string, help: string): AispendError {
  return new AispendError("upstream_invalid", message, { help });
}

/** Loopback, private, link-local (cloud metadata too), shared and reserved addresses. */
export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(?:0:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const four = (mapped ?? address).split(".").map(Number);
  if (four.length === 4 && four.every((part) => part >= 0 && part <= 255)) {
    const [a = 0, b = 0] = four;
    return (
      a === 0 ||
      a === 10 ||
      a === 127 ||
      a >= 224 ||
      (a === 100 && b >= 64 && b <= 127) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b <= 31) ||
      (a === 192 && (b === 168 || b === 0)) ||
      (a === 198 && (b === 18 || b === 19))
    );
  }
  if (!address.includes(":")) return false;
  const low = address.toLowerCase();
  return low === "::" || low === "::1" || /^(?:f[cd]|fe[89ab]|ff|::ffff:|64:ff9b)/.test(low);
}
