import { type RequestHandler, Router } from "express";
import type { Logger } from "pino";
import type { EndUserId } from "#apps/connectors/end-user.ts";
import { parseLiteLlm } from "#apps/connectors/litellm/litellm.ts";
import { spansOfJson } from "#apps/connectors/otlp/json.ts";
import { parseSpans } from "#apps/connectors/otlp/otlp.ts";
import { spansOfProtobuf } from "#apps/connectors/otlp/protobuf.ts";
import { type ParsedEvent, refused } from "#apps/connectors/parsed-event.ts";
import { parseUsageEvents } from "#apps/connectors/usage-api.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import type { Outcomes } from "#core/outcomes/service.ts";
import { bearer, tokenLimit, tokenOf } from "./bearer.ts";
import { type BodyLimits, readBody } from "./body.ts";
import { type ChargeDeps, deliverCharges } from "./charges.ts";
import { type Delivery, deliver, type IngestToken, statusOf } from "./delivery.ts";
import { bodyKindOf, itemsOf, jsonOf, textOf } from "./items.ts";
import { answerTraces, traceFailure } from "./otlp-answer.ts";
import { deliverOutcomes } from "./outcomes.ts";

export interface IngestLimits extends BodyLimits {
  /** Of one request; the ledger appends as many in one transaction. */
  readonly events: number;
  readonly requestsPerMinute: number;
  /** Requests without a valid token, by address. */
  readonly guessesPerMinute: number;
}

const MEBIBYTE = 1024 * 1024;

/** LiteLLM and OTLP send prompts along, so that bodies are far larger than what is kept of them. */
export const DEFAULT_LIMITS: IngestLimits = {
  bytes: 32 * MEBIBYTE,
  inflatedBytes: 64 * MEBIBYTE,
  events: 10_000,
  requestsPerMinute: 12_000,
  guessesPerMinute: 30,
};

export interface IngestDependencies {
  readonly ledger: Pick<Ledger, "append">;
  /** Without it there is no `POST /v1/outcomes`. */
  readonly outcomes?: Pick<Outcomes, "record">;
  /** Without it there is no `POST /v1/charges`. */
  readonly charges?: ChargeDeps;
  /** By sha256 of the bearer token; undefined when it is unknown or revoked (find-token.ts). */
  readonly findToken: (tokenHash: Buffer) => Promise<IngestToken | undefined>;
  /** Keyed hashing of customers' users, of the organisation. */
  readonly endUserIdOf: (orgId: number) => Promise<EndUserId>;
  readonly log: Logger;
  /** For metrics: how many events had which outcome. */
  readonly count?: (outcome: string, events: number) => void;
  readonly limits?: Partial<IngestLimits>;
}

/**
 * The ways in: `POST /v1/usage`, `POST /v1/litellm`, `POST /v1/traces`, `POST /v1/outcomes`,
 * `POST /v1/charges`. What is accepted is stored before it is answered; there is no queue. Mount it
 * before any body parser.
 */
export function createIngestRouter(dependencies: IngestDependencies): Router {
  const limits = { ...DEFAULT_LIMITS, ...dependencies.limits };
  const router = Router();
  const guard = [
    bearer(dependencies.findToken, limits.guessesPerMinute),
    tokenLimit(limits.requestsPerMinute),
  ];
  const store = storeWith(dependencies);
  const json = (source: string, parse: ParseItems): RequestHandler => {
    return async (request, response) => {
      const kind = bodyKindOf(request.headers["content-type"], ["json", "ndjson"]);
      const text = textOf(await readBody(request, limits));
      const { items, broken } = itemsOf(text, kind, limits.events);
      const token = tokenOf(response);
      const parsed = parse(items, await dependencies.endUserIdOf(token.orgId));
      const all = parsed.map((item, index) => (broken.has(index) ? NOT_JSON : item));
      const delivery = await store(source, token, all);
      response.status(statusOf(delivery)).json(delivery);
    };
  };
  const traces: RequestHandler = async (request, response) => {
    const kind = bodyKindOf(request.headers["content-type"], ["json", "protobuf"]);
    const body = await readBody(request, limits);
    const spans = kind === "json" ? spansOfJson(jsonOf(textOf(body))) : spansOfProtobuf(body);
    const token = tokenOf(response);
    const parsed = parseSpans(spans, await dependencies.endUserIdOf(token.orgId));
    answerTraces(response, kind, await store("otlp", token, parsed));
  };
  router.post("/v1/usage", guard, json("api", parseUsageEvents));
  router.post("/v1/litellm", guard, json("litellm", parseLiteLlm));
  router.post("/v1/traces", guard, traces);
  router.use("/v1/traces", traceFailure(dependencies.log));
  const { outcomes } = dependencies;
  if (outcomes !== undefined)
    router.post("/v1/outcomes", guard, outcomeHandler(outcomes, dependencies, limits));
  const { charges } = dependencies;
  if (charges !== undefined)
    router.post("/v1/charges", guard, chargeHandler(charges, dependencies, limits));
  return router;
}

/** Of one request: a fee of a year is an entry a day. */
const MOST_CHARGES = 1_000;

function chargeHandler(
  charges: ChargeDeps,
  { log, count }: IngestDependencies,
  limits: IngestLimits,
): RequestHandler {
  return async (request, response) => {
    const kind = bodyKindOf(request.headers["content-type"], ["json", "ndjson"]);
    const text = textOf(await readBody(request, limits));
    const most = Math.min(MOST_CHARGES, limits.events);
    const { items, broken } = itemsOf(text, kind, most);
    const token = tokenOf(response);
    const delivery = await deliverCharges(charges, token, items, broken);
    const { problems, traces: _, ...totals } = delivery;
    for (const [outcome, number] of Object.entries(totals)) {
      if (outcome !== "received" && number > 0) count?.(outcome, number);
    }
    const level = problems.length === 0 ? "debug" : "warn";
    log[level]({ orgId: token.orgId, tokenId: token.id, ...totals }, "charges delivered");
    response.status(statusOf(delivery)).json(delivery);
  };
}

function outcomeHandler(
  outcomes: Pick<Outcomes, "record">,
  { log }: IngestDependencies,
  limits: IngestLimits,
): RequestHandler {
  return async (request, response) => {
    const kind = bodyKindOf(request.headers["content-type"], ["json", "ndjson"]);
    const text = textOf(await readBody(request, limits));
    const token = tokenOf(response);
    const delivery = await deliverOutcomes(outcomes, token, itemsOf(text, kind, limits.events));
    const { problems, ...totals } = delivery;
    const level = problems.length === 0 ? "debug" : "warn";
    log[level]({ orgId: token.orgId, tokenId: token.id, ...totals }, "outcomes delivered");
    response.status(statusOf(delivery)).json(delivery);
  };
}

type ParseItems = (items: readonly unknown[], endUserId: EndUserId) => ParsedEvent[];

const NOT_JSON = refused("", "the line is not JSON");

/** Stores a delivery and tells log and metrics the counts: no reason and no value gets there. */
function storeWith({ ledger, log, count }: IngestDependencies) {
  return async (
    source: string,
    token: IngestToken,
    parsed: readonly ParsedEvent[],
  ): Promise<Delivery> => {
    const delivery = await deliver(ledger, token, parsed);
    const { problems, traces: _, ...totals } = delivery;
    for (const [outcome, events] of Object.entries(totals)) {
      if (outcome !== "received" && events > 0) count?.(outcome, events);
    }
    const level = problems.length === 0 ? "debug" : "warn";
    log[level]({ orgId: token.orgId, tokenId: token.id, source, ...totals }, "usage delivered");
    return delivery;
  };
}
