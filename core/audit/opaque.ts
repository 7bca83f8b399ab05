/** What names a person or opens a door, wherever it stands in a text. */
const IDENTITY = [
  /[^\s@"'<>,;:()[\]{}=]+@[^\s@"'<>,;:()[\]{}=]+\.[a-z]{2,}/giu,
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}/g,
  /\bgh[opsur]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bAKIA[A-Z0-9]{16}\b/g,
  /\baispend_[A-Za-z0-9_-]{20,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/g,
];

/** True when the text holds an e-mail address or something that looks like a secret. */
export function namesIdentity(text: string): boolean {
  return IDENTITY.some((pattern) => text.search(pattern) !== -1);
}

/**
 * A text typed by a person, fit for a log that is never erased: e-mail addresses and secrets are
 * taken out, and so is what Postgres cannot store. A bare name cannot be recognised here.
 */
export function scrub(text: string): string {
  const wellFormed = Buffer.from(text, "utf8").toString("utf8");
  const printable = wellFormed.replace(/[^\P{Cc}\n\t]/gu, "");
  return IDENTITY.reduce((kept, pattern) => kept.replace(pattern, "[removed]"), printable);
}
