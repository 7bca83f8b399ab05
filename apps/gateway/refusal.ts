import type { CapStanding } from "#core/enforcement/holds.ts";
import type { Wire } from "#core/enforcement/wire.ts";
import { formatUsd } from "#core/money.ts";

export type RefusalCode =
  | "budget_exceeded"
  | "budget_reserved"
  | "key_blocked"
  | "key_expired"
  | "key_unknown"
  | "key_missing"
  | "model_not_allowed"
  | "unpriced_model"
  | "unbounded_request"
  | "ledger_unavailable"
  | "provider_not_connected"
  | "provider_unreachable"
  | "rate_limited"
  | "request_invalid"
  | "request_too_large"
  | "not_passed_through"
  | "gateway_busy"
  | "gateway_stopping";

/** Why a request was not passed on, as its client is told. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly retryAfterS?: number;
}

/** 402 is not retried by any provider's SDK; 429 and 503 are, after Retry-After. */
export const STATUS: Readonly<Record<RefusalCode, number>> = {
  budget_exceeded: 402,
  budget_reserved: 429,
  key_blocked: 403,
  key_expired: 403,
  key_unknown: 401,
  key_missing: 401,
  model_not_allowed: 403,
  unpriced_model: 400,
  unbounded_request: 400,
  ledger_unavailable: 503,
  provider_not_connected: 404,
  provider_unreachable: 502,
  rate_limited: 429,
  request_invalid: 400,
  request_too_large: 413,
  not_passed_through: 404,
  gateway_busy: 503,
  gateway_stopping: 503,
};

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  502: "api_error",
  503: "overloaded_error",
};

const OPENAI_TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "insufficient_quota",
  403: "permission_error",
  429: "rate_limit_error",
  502: "server_error",
  503: "server_error",
};

const GEMINI_STATES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  402: "RESOURCE_EXHAUSTED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  413: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
};

/** The refusal in the shape in which the provider of that format reports its own errors. */
export function refusalBody(wire: Wire, refusal: Refusal, requestId: string): string {
  const { code, message } = refusal;
  const status = STATUS[code];
  if (wire === "anthropic_messages") {
    const type = ANTHROPIC_TYPES[status] ?? "api_error";
    return JSON.stringify({
      type: "error",
      error: { type, message, code },
      request_id: requestId,
    });
  }
  if (wire === "gemini_generate") {
    const details = [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: code,
        domain: "aispend",
        metadata: { request_id: requestId },
      },
    ];
    return JSON.stringify({
      error: { code: status, message, status: GEMINI_STATES[status] ?? "UNKNOWN", details },
    });
  }
  const type = OPENAI_TYPES[status] ?? "invalid_request_error";
  return JSON.stringify({ error: { message, type, param: null, code } });
}

/** The same as the last event of a stream. */
export function errorEvent(wire: Wire, refusal: Refusal, requestId: string): string {
  const name = wire === "anthropic_messages" || wire === "openai_responses" ? "event: error\n" : "";
  return `${name}data: ${refusalBody(wire, refusal, requestId)}\n\n`;
}

const PERIODS = {
  job: "in this job",
  day: "today",
  week: "this week",
  month: "this month",
  quarter: "this quarter",
  year: "this year",
} as const;

function sumsOf(cap: CapStanding): string {
  const spent = cap.settled + cap.unconfirmed;
  const open =
    cap.unconfirmed > 0n ? `, of which ${formatUsd(cap.unconfirmed, 2)} is not confirmed yet` : "";
  return `${formatUsd(spent, 2)} of ${formatUsd(cap.limit, 2)} spent ${PERIODS[cap.period]}${open}`;
}

function wayOut({ resets, raisedBy, command }: CapStanding): string {
  const when = resets === undefined ? "It does not reset" : `It resets on ${resets}`;
  if (command === undefined) return `${when}.`;
  const who = raisedBy.length === 0 ? "To have it raised" : `${raisedBy.join(" or ")} can raise it`;
  return `${when}. ${who}: ${command}`;
}

/** `need` is the least that the request can cost, in nano-USD. */
export function budgetExceeded(cap: CapStanding, need: bigint): Refusal {
  const message =
    `The cap of ${cap.name} leaves no room for this request: ${sumsOf(cap)}, and it could cost ` +
    `${formatUsd(need, 4)}. ${wayOut(cap)}`;
  return { code: "budget_exceeded", message };
}

export function budgetReserved(cap: CapStanding): Refusal {
  const message =
    `What is left of the cap of ${cap.name} is spoken for by requests under way ` +
    `(${formatUsd(cap.held, 2)} held; ${sumsOf(cap)}). Try again in a second.`;
  return { code: "budget_reserved", message, retryAfterS: 1 };
}
