import { isAsked, isObject, type Json, listOf } from "./wire.ts";

/** Chat formats spend about 4 tokens on the frame of a message, and about as many on one of its parts. */
const MESSAGE_TOKENS = 16;
const TOOL_TOKENS = 64;
/** Providers add instructions of their own as soon as there is a tool: Anthropic up to about 700. */
const TOOLS_TOKENS = 1_024;
const BASE_TOKENS = 64;

/** Collects, while a body is walked, what its bytes do not bound. */
export interface Findings {
  readonly unbounded: Set<string>;
  extraInputTokens: number;
}

export function newFindings(): Findings {
  return { unbounded: new Set(), extraInputTokens: BASE_TOKENS };
}

export function addMessages(findings: Findings, count: number): void {
  findings.extraInputTokens += count * MESSAGE_TOKENS;
}

export function addTools(findings: Findings, count: number): void {
  if (count > 0) findings.extraInputTokens += TOOLS_TOKENS + count * TOOL_TOKENS;
}

/** Fields that nobody here knows may cost anything: fail closed. */
export function refuseUnknown(findings: Findings, body: Json, known: ReadonlySet<string>): void {
  for (const field in body) {
    if (!known.has(field) && isAsked(body[field])) findings.unbounded.add(`the field '${field}'`);
  }
}

/** A whole number from 1 on, undefined where the field is absent, or what is wrong with it. */
export function limitOf(body: Json, field: string): number | string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && typeof value === "number" && value >= 1) return value;
  return `'${field}' is not a whole number above 0`;
}

/** The dearest of what the limits ask for; a body may name two. */
export function largest(...limits: readonly (number | undefined)[]): number | undefined {
  const given = limits.filter((one) => one !== undefined);
  return given.length === 0 ? undefined : Math.max(...given);
}

const INLINE = /^data:image\/[a-z0-9.+-]+;base64,/i;

/** An image in the body costs by its size in pixels; anywhere else nobody here knows its size. */
export function addImage(findings: Findings, url: unknown, tokens: number): void {
  if (typeof url === "string" && INLINE.test(url)) findings.extraInputTokens += tokens;
  else findings.unbounded.add("a remote image");
}

const NAME = /^[\x21-\x7e]{1,256}$/;

/** A model, or what is wrong with it: a name that the ledger could not keep is none. */
export function modelOf(value: unknown): { readonly name: string } | { readonly fault: string } {
  if (value === undefined || value === null || value === "") return { fault: "'model' is missing" };
  if (typeof value === "string" && NAME.test(value)) return { name: value };
  return { fault: "'model' is not a name of at most 256 plain characters" };
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function objectsOf(value: unknown): readonly Json[] {
  return listOf(value).filter(isObject);
}
