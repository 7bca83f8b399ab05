import type { KeyGrant } from "#core/enforcement/holds.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Refusal } from "./refusal.ts";

/** One answer for what never was a key and for what is none any more: it says nothing of either. */
export const UNKNOWN_KEY: Refusal = {
  code: "key_unknown",
  message: "This is no key of this gateway, or it was ended. Ask for one: /aispend key request",
};

export function keyRefusal(grant: KeyGrant, now: Date): Refusal | undefined {
  if (grant.blocked !== undefined) return blockedRefusal(grant);
  if (grant.expiresAt === undefined || now < grant.expiresAt) return undefined;
  return {
    code: "key_expired",
    message: `The key ${grant.name} has expired. Ask for a new one: /aispend key request`,
  };
}

export function blockedRefusal(grant: KeyGrant): Refusal {
  const why = grant.blocked?.why ?? "blocked";
  return {
    code: "key_blocked",
    message:
      `The key ${grant.name} is ${why}. ` +
      "Whoever answers for it can say more: /aispend key list",
  };
}

export function rateRefusal(
  limiter: RateLimiter,
  grant: KeyGrant,
  hash: string,
  now: Date,
): Refusal | undefined {
  if (grant.requestsPerMinute === undefined) return undefined;
  const waitS = limiter.take(hash, grant.requestsPerMinute, now.getTime());
  if (waitS === undefined) return undefined;
  return {
    code: "rate_limited",
    message: `The key ${grant.name} may send ${grant.requestsPerMinute} requests a minute.`,
    retryAfterS: waitS,
  };
}
