import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

/** Without 0, O, 1, I and L, which people mistake for one another. */
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH = 8;

export interface MadeCode {
  /** "7KQM-3XPA": 8 of 31 characters, about 40 bits. */
  readonly code: string;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export function makeCode(): MadeCode {
  const letters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  const code = `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
  const salt = randomBytes(16);
  return { code, salt, hash: hashCode(code, salt) };
}

/** As typed: case, spaces and dashes do not matter. */
function hashCode(code: string, salt: Buffer): Buffer {
  const plain = code.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return createHash("sha256").update(salt).update(plain).digest();
}

export function isCode(typed: string, salt: Buffer, hash: Buffer): boolean {
  return timingSafeEqual(hashCode(typed, salt), hash);
}
