import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { AispendError } from "#core/errors.ts";

/** Secrets at rest (design.md 4.4): AES-256-GCM; the current key seals, every known key opens. */
export interface SecretBox {
  /** `about` says what the secret belongs to; a sealed text opens only for the same. */
  seal(secret: string, about: string): string;
  /** Throws `secret_unreadable` for an unknown key, another subject or a changed text. */
  open(sealed: string, about: string): string;
  /** True when the text was sealed with a key that is no longer the current one. */
  isOld(sealed: string): boolean;
  /** 32 bytes derived from the current key for another purpose, such as keyed hashes. */
  readonly currentKey: Buffer;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const VERSION = "v1";

/** 32 random bytes in base64, as AISPEND_SECRET_KEY holds them. */
export function makeSecretKey(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}

function keyId(key: Buffer): string {
  return createHash("sha256").update("aispend key id").update(key).digest("hex").slice(0, 8);
}

function parseKeys(text: string): Buffer[] {
  const keys = text.split(",").map((part) => Buffer.from(part.trim(), "base64"));
  if (keys.some((key) => key.length !== KEY_BYTES)) {
    throw new AispendError("secret_key_invalid", "AISPEND_SECRET_KEY is not 32 bytes in base64", {
      help: "Make one with: openssl rand -base64 32. To rotate: NEW,OLD.",
    });
  }
  return keys;
}

/** `keys`: base64 of 32 bytes; after a rotation "NEW,OLD". Throws `secret_key_invalid`. */
export function createSecretBox(keys: string): SecretBox {
  const known = parseKeys(keys);
  const [current] = known;
  if (current === undefined) throw new Error("splitting a text gives at least one part");
  const byId = new Map(known.map((key) => [keyId(key), key]));
  const currentId = keyId(current);
  return {
    currentKey: current,
    seal(secret, about) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", current, iv).setAAD(Buffer.from(about));
      const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
      const parts = [iv, cipher.getAuthTag(), body].map((part) => part.toString("base64url"));
      return [VERSION, currentId, ...parts].join(".");
    },
    open(sealed, about) {
      const [version, id, iv, tag, body] = sealed.split(".");
      const key = byId.get(id ?? "");
      if (version !== VERSION || key === undefined || !iv || !tag || body === undefined) {
        throw unreadable("it was sealed with a key that is not known here");
      }
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64url"), {
          authTagLength: 16,
        })
          .setAAD(Buffer.from(about))
          .setAuthTag(Buffer.from(tag, "base64url"));
        return Buffer.concat([
          decipher.update(Buffer.from(body, "base64url")),
          decipher.final(),
        ]).toString("utf8");
      } catch (cause) {
        throw unreadable("it was changed or belongs to something else", cause);
      }
    },
    isOld: (sealed) => sealed.split(".")[1] !== currentId,
  };
}

function unreadable(why: string, cause?: unknown): AispendError {
  return new AispendError("secret_unreadable", `a stored secret cannot be read: ${why}`, {
    kind: "unavailable",
    help: "Keep the old key behind the new one in AISPEND_SECRET_KEY: NEW,OLD.",
    ...(cause === undefined ? {} : { cause }),
  });
}
