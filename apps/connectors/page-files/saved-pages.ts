import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { AispendError } from "#core/errors.ts";

/** More than this is no page of a report that somebody saved; what it holds is kept in memory. */
const MAX_BYTES = 256 * 1024 * 1024;
const GZIP = 0x1f8b;

function broken(path: string, what: string, cause?: unknown): AispendError {
  return new AispendError("file_broken", `'${path}' holds no whole answers: ${what}`, {
    help: "Save each answer as it comes: one JSON object, a list of them, or one a line.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The answers of an API that were saved to a file: one page, a list of pages, or one a line; gzip is
 * inflated. Throws `file_broken`, `file_too_large`.
 */
export async function readSavedPages(path: string): Promise<unknown[]> {
  const text = await textOf(path);
  if (text.trim() === "") throw broken(path, "it is empty");
  const whole = jsonOf(text);
  if (whole !== undefined) return Array.isArray(whole.value) ? whole.value : [whole.value];
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line, index) => {
    const read = jsonOf(line);
    if (read === undefined) throw broken(path, `line ${index + 1} is no JSON`);
    return read.value;
  });
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function textOf(path: string): Promise<string> {
  const bytes = createReadStream(path);
  const parts: Buffer[] = [];
  let size = 0;
  const keep = (part: Buffer) => {
    size += part.length;
    if (size <= MAX_BYTES) parts.push(part);
    else throw new AispendError("file_too_large", `'${path}' is larger than ${MAX_BYTES} bytes`);
  };
  for await (const part of bytes) keep(part);
  const head = parts[0];
  const isGzip = head !== undefined && head.length > 1 && head.readUInt16BE(0) === GZIP;
  return isGzip ? inflated(path, parts) : Buffer.concat(parts).toString("utf8");
}

async function inflated(path: string, parts: readonly Buffer[]): Promise<string> {
  const gunzip = createGunzip();
  gunzip.end(Buffer.concat(parts));
  const out: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of gunzip) {
      size += part.length;
      if (size > MAX_BYTES) {
        throw new AispendError("file_too_large", `'${path}' holds more than ${MAX_BYTES} bytes`);
      }
      out.push(part);
    }
  } catch (error) {
    if (error instanceof AispendError) throw error;
    throw broken(path, "its compression ends early", error);
  }
  return Buffer.concat(out).toString("utf8");
}
