import { isUtf8 } from "node:buffer";
import { isObject, type Json } from "#core/enforcement/wire.ts";
import type { BodyBudget, ReadBody } from "./read-body.ts";
import type { Refusal } from "./refusal.ts";

export interface JsonBody {
  readonly json: Json;
  /** As it came. */
  readonly text: string;
  readonly bodyBytes: number;
}

/** The body as an object; undefined: nobody waits for an answer any more. */
export function jsonOf(read: ReadBody, bodies: BodyBudget): JsonBody | Refusal | undefined {
  switch (read) {
    case "gone":
      return undefined;
    case "busy":
      return { code: "gateway_busy", message: "Too much is on its way at once.", retryAfterS: 1 };
    case "too_large": {
      const most = Math.floor(bodies.perRequest / 1_000_000);
      return { code: "request_too_large", message: `A request may have ${most} MB at most.` };
    }
    default:
      return parseJson(read);
  }
}

function parseJson(bytes: Buffer): JsonBody | Refusal {
  // A broken byte would become three, and the bytes would no longer bound the tokens.
  if (!isUtf8(bytes)) return { code: "request_invalid", message: "The body is not UTF-8." };
  try {
    const text = bytes.toString("utf8");
    const json: unknown = JSON.parse(text);
    if (isObject(json)) return { json, text, bodyBytes: bytes.length };
    return { code: "request_invalid", message: "The body is not a JSON object." };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { code: "request_invalid", message: "The body is not JSON." };
  }
}
