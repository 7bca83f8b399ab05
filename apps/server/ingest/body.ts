import { createGunzip, createInflate } from "node:zlib";
import type { Request } from "express";
import { AispendError } from "#core/errors.ts";

export interface BodyLimits {
  /** As it comes over the wire. */
  readonly bytes: number;
  /** Inflated: a few kilobytes of gzip can hold gigabytes. */
  readonly inflatedBytes: number;
}

function tooLarge(what: string, limit: number): AispendError {
  return new AispendError("body_too_large", `The body has more than ${limit} bytes ${what}.`, {
    kind: "too_large",
    help: "Send fewer events at a time.",
  });
}

function notInflatable(): AispendError {
  return new AispendError("body_invalid", "The body is not what Content-Encoding says.", {
    help: "Send gzip with Content-Encoding: gzip, or no encoding.",
  });
}

function inflaterOf(request: Request) {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "") return undefined;
  if (encoding === "gzip" || encoding === "x-gzip") return createGunzip();
  if (encoding === "deflate") return createInflate();
  throw new AispendError("encoding_unsupported", "This content encoding is not supported.", {
    kind: "unsupported_media",
    help: "Use gzip, deflate or none.",
  });
}

/**
 * The body, inflated, within limits that are kept while it is read. After a refusal the rest stays
 * unread, so that the answer still reaches the sender.
 */
export function readBody(request: Request, limits: BodyLimits): Promise<Buffer> {
  const inflater = inflaterOf(request);
  const stream = inflater === undefined ? request : request.pipe(inflater);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let wire = 0;
    let size = 0;
    let settled = false;
    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      if (inflater !== undefined) {
        request.unpipe(inflater);
        inflater.destroy();
      }
      request.pause();
      finish();
    };
    request.on("data", (chunk: Buffer) => {
      wire += chunk.length;
      if (wire > limits.bytes) settle(() => reject(tooLarge("on the wire", limits.bytes)));
    });
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limits.inflatedBytes) chunks.push(chunk);
      else settle(() => reject(tooLarge("when inflated", limits.inflatedBytes)));
    });
    stream.on("end", () => settle(() => resolve(Buffer.concat(chunks, size))));
    inflater?.on("error", () => settle(() => reject(notInflatable())));
    request.on("close", () => {
      if (!request.complete) settle(() => reject(notWhole()));
    });
    request.on("error", () => settle(() => reject(notWhole())));
  });
}

function notWhole(): AispendError {
  return new AispendError("body_incomplete", "The body was cut off.");
}
