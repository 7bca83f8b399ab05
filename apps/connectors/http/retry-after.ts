/**
 * Milliseconds that an answer asks to wait: `Retry-After` in seconds or as a date, else GitHub's
 * `X-RateLimit-Reset` (seconds since 1970) once nothing is left. Undefined when it does not say.
 */
export function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const after = headers.get("retry-after")?.trim();
  if (after !== undefined && /^\d{1,6}(\.\d+)?$/.test(after))
    return Math.ceil(Number(after) * 1000);
  const at = after === undefined ? Number.NaN : Date.parse(after);
  if (!Number.isNaN(at)) return Math.max(0, at - now.getTime());
  const reset = headers.get("x-ratelimit-reset");
  if (headers.get("x-ratelimit-remaining") !== "0" || !/^\d{9,11}$/.test(reset ?? ""))
    return undefined;
  return Math.max(0, Number(reset) * 1000 - now.getTime());
}
