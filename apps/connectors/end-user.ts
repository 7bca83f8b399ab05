import { createHmac } from "node:crypto";

/** Turns a customer's user into the opaque id that the ledger keeps. */
export type EndUserId = (endUser: string) => string;

/**
 * A keyed hash, made at the edge: without the key nobody can try out e-mail addresses. The key is
 * the organisation's own (core/org/end-user-key.ts), so that equal users of two stay apart.
 */
export function endUserIds(key: Uint8Array): EndUserId {
  return (endUser) => createHmac("sha256", key).update(endUser, "utf8").digest("base64url");
}
