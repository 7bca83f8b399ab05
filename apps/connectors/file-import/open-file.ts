import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { AispendError } from "#core/errors.ts";

export type FileFormat = "csv" | "jsonl";

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = 0x1f8b;

export interface OpenFile {
  readonly path: string;
  readonly bytes: number;
  readonly gzip: boolean;
}

function missing(path: string, error: unknown): AispendError {
  return new AispendError("file_unreadable", `'${path}' cannot be read (${codeOf(error)})`, {
    kind: "not_found",
    help: "Check the path and the rights on the file.",
  });
}

/** Looks at the file without reading it through. Throws `file_unreadable`. */
export async function openFile(path: string): Promise<OpenFile> {
  try {
    const { size } = await stat(path);
    const handle = await open(path);
    try {
      const head = Buffer.alloc(2);
      await handle.read(head, 0, 2, 0);
      return { path, bytes: size, gzip: head.readUInt16BE(0) === GZIP_MAGIC };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw missing(path, error);
  }
}

/** By the name: "usage.csv", "usage.jsonl.gz", "usage.ndjson". Throws `format_unknown`. */
export function formatOf(path: string): FileFormat {
  const name = path.toLowerCase().replace(/\.gz$/, "");
  if (/\.(csv|tsv|txt)$/.test(name)) return "csv";
  if (/\.(jsonl|ndjson|json)$/.test(name)) return "jsonl";
  throw new AispendError("format_unknown", `'${path}' has no ending that says its format`, {
    help: "Say --format csv or --format jsonl.",
  });
}

/** Where reading stands: of the file as it is on disk, before it is inflated. */
export interface Position {
  readonly bytes: number;
  /** sha256 hex of those bytes. */
  digest(): string;
}

/**
 * Reads the file through, inflated and decoded, a piece at a time: the next one is read when `take`
 * has settled. Throws `file_broken` where the gzip stream ends early or is damaged.
 */
export async function readPieces(
  file: OpenFile,
  signal: AbortSignal | undefined,
  take: (piece: string, position: Position) => Promise<void>,
): Promise<void> {
  const seen = createHash("sha256");
  const position = { bytes: 0, digest: () => seen.copy().digest("hex") };
  const source = createReadStream(file.path, { highWaterMark: CHUNK_BYTES });
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      seen.update(chunk);
      position.bytes += chunk.length;
      yield chunk;
    }
  };
  const decoder = new TextDecoder("utf-8");
  const sink = async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) {
      if (signal?.aborted === true) return;
      await take(decoder.decode(piece, { stream: true }), position);
    }
    await take(decoder.decode(), position);
  };
  try {
    if (file.gzip) {
      await pipeline(source, counted, createGunzip({ chunkSize: CHUNK_BYTES }), sink);
    } else await pipeline(source, counted, sink);
  } catch (error) {
    if (signal?.aborted === true && codeOf(error) === "ERR_STREAM_PREMATURE_CLOSE") return;
    if (!codeOf(error).startsWith("Z_")) throw error;
    throw new AispendError("file_broken", `'${file.path}' is damaged or not whole`, {
      help: "What came before is stored. Get the file again and import it: nothing counts twice.",
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** sha256 hex of the first bytes of the file. */
export async function digestOf(file: OpenFile, bytes: number): Promise<string> {
  const seen = createHash("sha256");
  if (bytes > 0) {
    const source = createReadStream(file.path, { end: bytes - 1, highWaterMark: CHUNK_BYTES });
    for await (const chunk of source) seen.update(chunk);
  }
  return seen.digest("hex");
}
