import { type Request, type RequestHandler, type Response, Router } from "express";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { z } from "zod";
import { readBody } from "#apps/server/ingest/body.ts";
import { bodyKindOf, jsonOf, textOf } from "#apps/server/ingest/items.ts";
import { perMinute } from "#apps/server/limits.ts";
import { AispendError } from "#core/errors.ts";
import type { RepositoryAccess } from "#core/estimates/access.ts";
import { ApprovalRequest } from "#core/estimates/approval-schema.ts";
import { listRepositoryFollowUps } from "#core/estimates/follow-up-list.ts";
import { NoticeRequest, RecordRequest } from "#core/estimates/record-schema.ts";
import { findRepositoryAccess, quoteTraffic, recordEstimate } from "#core/estimates/service.ts";
import { QuoteRequest } from "#core/estimates/traffic-schema.ts";
import type { Clock } from "#core/time.ts";
import { answerApproval, endWaiting } from "./approve-in-chat.ts";
import type { GitHubRun, VerifyToken } from "./github-token.ts";
import { tellChat } from "./tell-chat.ts";

export interface EstimatesDependencies {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly verify: VerifyToken;
  readonly log: Logger;
  readonly limits?: Partial<EstimatesLimits>;
}

export interface EstimatesLimits {
  readonly bytes: number;
  /** By address, before the token is looked at; and by repository after it. */
  readonly requestsPerMinute: number;
  readonly perRepository: number;
}

const DEFAULT_LIMITS: EstimatesLimits = {
  bytes: 256 * 1024,
  requestsPerMinute: 600,
  perRepository: 60,
};

const BEARER = /^Bearer +([\w.-]{20,8192})$/i;

/**
 * Where pull requests are priced: `POST /v1/estimates/quote`, `POST /v1/estimates`, `POST
 * /v1/estimates/notice`, `POST /v1/estimates/approval`, `GET /v1/estimates/follow-ups`. A
 * repository proves who it is with GitHub's token, and reads and writes what the organisation's file
 * lists for it.
 */
export function createEstimatesRouter(dependencies: EstimatesDependencies): Router {
  const limits = { ...DEFAULT_LIMITS, ...dependencies.limits };
  const { pool, clock, log } = dependencies;
  const router = Router();
  const budget = repositoryBudget(limits.perRepository, clock);
  const enter = async (
    request: Request,
    organisation: string | undefined,
  ): Promise<{ run: GitHubRun; access: RepositoryAccess }> => {
    const run = runOf(request);
    const access = await findRepositoryAccess(pool, run, organisation);
    if (access === undefined) throw notListed(run);
    budget(access);
    return { run, access };
  };
  const bodyOf = async <T extends z.ZodType>(request: Request, shape: T): Promise<z.infer<T>> => {
    bodyKindOf(request.headers["content-type"], ["json"]);
    const size = { bytes: limits.bytes, inflatedBytes: limits.bytes * 4 };
    return parsed(shape, jsonOf(textOf(await readBody(request, size))));
  };
  const quote: RequestHandler = async (request, response) => {
    const body = await bodyOf(request, QuoteRequest);
    const { access } = await enter(request, body.organisation);
    const answer = await quoteTraffic(pool, access, body, clock());
    log.info({ orgId: access.orgId, subjects: answer.subjects.length }, "traffic quoted");
    response.json(answer);
  };
  const record: RequestHandler = async (request, response) => {
    const body = await bodyOf(request, RecordRequest);
    const { run, access } = await enter(request, body.organisation);
    requireOwnPull(run, body.pullRequest);
    const now = clock();
    const outcome = await recordEstimate(pool, access, {
      request: body,
      tokenId: run.tokenId,
      now,
    });
    await endWaiting(pool, access, { pullRequest: body.pullRequest, now });
    log.info({ orgId: access.orgId, ...outcome }, "estimate received");
    response.status(outcome.state === "recorded" ? 201 : 200).json(outcome);
  };
  const notice: RequestHandler = async (request, response) => {
    const body = await bodyOf(request, NoticeRequest);
    const { run, access } = await enter(request, body.organisation);
    requireOwnPull(run, body.pullRequest);
    const told = await tellChat(pool, access, { request: body, now: clock() });
    log.info({ orgId: access.orgId, ...told }, "pull request told");
    response.status(202).json(told);
  };
  const approval: RequestHandler = async (request, response) => {
    const body = await bodyOf(request, ApprovalRequest);
    const { run, access } = await enter(request, body.organisation);
    requireOwnPull(run, body.pullRequest);
    const answer = await answerApproval(pool, access, { request: body, run, now: clock() });
    log.info({ orgId: access.orgId, state: answer.state }, "approval asked");
    response.json(answer);
  };
  const followUps: RequestHandler = async (request, response) => {
    const { organisation } = request.query;
    const { access } = await enter(
      request,
      typeof organisation === "string" ? organisation : undefined,
    );
    response.json(await listRepositoryFollowUps(pool, access, clock()));
  };
  const guard: RequestHandler[] = [
    perMinute(limits.requestsPerMinute),
    authenticated(dependencies.verify),
  ];
  router.post("/v1/estimates/quote", guard, quote);
  router.post("/v1/estimates", guard, record);
  router.post("/v1/estimates/notice", guard, notice);
  router.post("/v1/estimates/approval", guard, approval);
  router.get("/v1/estimates/follow-ups", guard, followUps);
  return router;
}

const RUNS = new WeakMap<Request, GitHubRun>();

/** Before the body is read: what has no valid token costs no more than its headers. */
function authenticated(verify: VerifyToken): RequestHandler {
  return async (request, response: Response, next) => {
    const token = BEARER.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) {
      response.set("WWW-Authenticate", 'Bearer realm="aispend"');
      throw new AispendError("token_missing", "There is no token of a GitHub workflow.", {
        kind: "unauthenticated",
        help: "Send Authorization: Bearer TOKEN, with the token of a job with `id-token: write`.",
      });
    }
    RUNS.set(request, await verify(token));
    next();
  };
}

function runOf(request: Request): GitHubRun {
  const run = RUNS.get(request);
  if (run === undefined) throw new Error("the route is behind `authenticated`");
  return run;
}

function notListed({ repository }: GitHubRun): AispendError {
  return new AispendError("repository_not_listed", `${repository} is not listed here`, {
    kind: "forbidden",
    help: "List it in the organisation's aispend.yaml under repositories:, and apply it.",
  });
}

/** A run on a pull request speaks of that one; others (push, schedule) are not bound to a number. */
function requireOwnPull({ pullRequest }: GitHubRun, told: number): void {
  if (pullRequest === undefined || pullRequest === told) return;
  throw new AispendError(
    "pull_request_foreign",
    `the token is of pull request ${pullRequest}, not of ${told}`,
    { kind: "forbidden", help: "Record an estimate from the run of its own pull request." },
  );
}

function parsed<T extends z.ZodType>(shape: T, value: unknown): z.infer<T> {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.join(".") || "the body";
  throw new AispendError("body_invalid", `${field}: ${issue?.message ?? "has another form"}`, {
    kind: "unprocessable",
    help: "docs/estimates.schema.json has the shape.",
  });
}

/** A window of one minute a repository, in this process. */
function repositoryBudget(limit: number, clock: Clock): (access: RepositoryAccess) => void {
  const used = new Map<string, { minute: number; count: number }>();
  return ({ orgId, name }) => {
    const minute = Math.floor(clock().getTime() / 60_000);
    const key = `${orgId} ${name}`;
    const before = used.get(key);
    const count = before?.minute === minute ? before.count + 1 : 1;
    if (used.size > 10_000) used.clear();
    used.set(key, { minute, count });
    if (count <= limit) return;
    throw new AispendError("rate_limited", `More than ${limit} requests in a minute of ${name}.`, {
      kind: "rate_limited",
      help: "Wait a minute, then go on.",
    });
  };
}
