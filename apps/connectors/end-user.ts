import { createHmac, hkdfSync } from "node:crypto";

/** Turns a customer's user into the opaque id that the ledger keeps. */
export type EndUserId = (endUser: string) => string;

/**
 * A keyed hash, made at the edge: without the key nobody can try out e-mail addresses. Each
 * organisation has a key of its own, so that equal users of two organisations stay apart.
 */
export function endUserIds(secretKey: Uint8Array, orgId: number): EndUserId {
  const key = new Uint8Array(
    hkdfSync("sha256", secretKey, new Uint8Array(), `aispend end user ${orgId}`, 32),
  );
  return (endUser) => createHmac("sha256", key).update(endUser, "utf8").digest("base64url");
}
