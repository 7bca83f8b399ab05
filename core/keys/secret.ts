import { createHash, randomBytes } from "node:crypto";

/**
 * Begins with what clients of providers expect of a key ("sk-"), so that SDKs with a format check
 * take it, and is recognised by secret scanners and by our own scrubbing.
 */
const PREFIX = "sk-aispend-";

export interface MintedSecret {
  readonly secret: string;
  /** sha256; the secret itself is kept nowhere. */
  readonly hash: Buffer;
}

/** 256 random bits: no slow hash is needed against guessing. */
export function mintSecret(): MintedSecret {
  const secret = `${PREFIX}${randomBytes(32).toString("base64url")}`;
  return { secret, hash: hashSecret(secret) };
}

export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
