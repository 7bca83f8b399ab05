import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import type { Clock } from "#core/time.ts";

/** Where the tokens of GitHub's workflows come from; GitHub Enterprise Server has its own. */
export interface GitHubIssuer {
  readonly issuer: string;
  readonly keysUrl: string;
  /** What workflows ask tokens for: the address of this server, as they know it. */
  readonly audience: string;
}

/** What GitHub says of the run that asks, and what is believed of it. */
const Claims = z.looseObject({
  jti: z.string().min(1).max(256),
  repository: z.string().regex(/^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/),
  repository_id: z.string().regex(/^\d{1,20}$/),
  event_name: z.string().max(100),
  actor: z.string().max(100).optional(),
  ref: z.string().max(500).default(""),
});

export interface GitHubRun {
  readonly tokenId: string;
  readonly repository: string;
  readonly repositoryId: string;
  readonly eventName: string;
  /** GitHub login of who started it. */
  readonly actor: string | undefined;
  /** Of a run on `pull_request` only: the number in its ref. */
  readonly pullRequest: number | undefined;
}

const SKEW_SECONDS = 60;
/** GitHub's tokens live five to ten minutes; an issuer that gives longer ones is not believed. */
const MAX_AGE_SECONDS = 15 * 60;

export type VerifyToken = (token: string) => Promise<GitHubRun>;

/** Checks signature, issuer, audience and times. Throws `token_invalid` and `issuer_unreachable`. */
export function tokenVerifier(
  { issuer, keysUrl, audience }: GitHubIssuer,
  clock: Clock,
): VerifyToken {
  const keys = createRemoteJWKSet(new URL(keysUrl), {
    timeoutDuration: 5_000,
    cooldownDuration: 30_000,
    cacheMaxAge: 10 * 60_000,
  });
  const bare = audience.replace(/\/+$/, "");
  return async (token) => {
    const payload = await verified(token, keys, {
      issuer,
      audience: [bare, `${bare}/`],
      now: clock(),
    });
    const claims = Claims.safeParse(payload);
    if (!claims.success) throw invalid("it is of no workflow run");
    const { jti, repository, repository_id, event_name, actor, ref } = claims.data;
    const pull = /^refs\/pull\/([1-9]\d{0,9})\/merge$/.exec(ref)?.[1];
    return {
      tokenId: jti,
      repository,
      repositoryId: repository_id,
      eventName: event_name,
      actor,
      pullRequest: pull === undefined ? undefined : Number(pull),
    };
  };
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  expected: { issuer: string; audience: string[]; now: Date },
): Promise<JWTPayload> {
  const { issuer, audience, now } = expected;
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      // Named, so that neither `none` nor a key of ours as a shared secret is taken.
      algorithms: ["RS256"],
      requiredClaims: ["exp", "iat", "nbf", "jti"],
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: SKEW_SECONDS,
      currentDate: now,
    });
    return payload;
  } catch (error) {
    if (isUnreachable(error)) {
      throw new AispendError("issuer_unreachable", "GitHub's keys cannot be read now", {
        kind: "unavailable",
        help: "Try again in a minute.",
        cause: error,
      });
    }
    if (error instanceof errors.JOSEError) throw invalid(whyOf(error));
    throw error;
  }
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  // A key set that answers with an error, and a network that does not answer at all.
  if (error instanceof TypeError) return true;
  return error instanceof errors.JOSEError && error.code === "ERR_JOSE_GENERIC";
}

function whyOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} does not fit`;
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return "its signature is not GitHub's";
  return "it is no token of GitHub's workflows";
}

function invalid(why: string): AispendError {
  return new AispendError("token_invalid", `The token is not accepted: ${why}.`, {
    kind: "unauthenticated",
    help: "Give the job `id-token: write` and ask for a token with this server's audience.",
  });
}
