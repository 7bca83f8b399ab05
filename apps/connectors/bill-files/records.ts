import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { CsvError, parse } from "csv-parse";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { AispendError } from "#core/errors.ts";

/** A row by its columns, with where it stands in the file. */
export interface FileRecord {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

const PARQUET = "PAR1";
const GZIP = 0x1f8b;
/** Rows of a Parquet file in memory at a time. */
const ROWS_AT_ONCE = 20_000;
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

function broken(path: string, what: string, cause?: unknown): AispendError {
  return new AispendError("file_broken", `'${path}' is damaged or not whole: ${what}`, {
    help: "Get the file again and import it: nothing counts twice.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A line that holds no row. */
type OnDamaged = (line: number, reason: string) => void;

/**
 * The rows of a CSV, JSONL or Parquet file, gzip inflated, told by its content and not its name; one
 * after the other, so that memory does not grow with the file. A bill with a damaged line is no bill,
 * and throws `file_broken`; of a log, whose lines stand alone, such a line is told to `onDamaged`.
 */
export async function* readRecords(
  path: string,
  onDamaged: OnDamaged = (line, reason) => {
    throw broken(path, `line ${line} ${reason}`);
  },
): AsyncGenerator<FileRecord> {
  const head = await headOf(path);
  if (head.toString("latin1", 0, 4) === PARQUET) {
    yield* parquetRecords(path);
    return;
  }
  const isGzip = head.length > 1 && head.readUInt16BE(0) === GZIP;
  const bytes = createReadStream(path);
  const inflated = isGzip ? bytes.pipe(createGunzip()) : bytes;
  bytes.on("error", (error) => inflated.destroy(error));
  const isJson = /\.(jsonl|ndjson|json)(\.gz)?$/i.test(path);
  try {
    yield* isJson ? jsonRecords(inflated, onDamaged) : csvRecords(inflated);
  } catch (error) {
    if (error instanceof AispendError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code.startsWith("Z_")) throw broken(path, "its compression ends early", error);
    if (error instanceof CsvError) throw broken(path, "a row is no CSV", error);
    throw error;
  } finally {
    bytes.destroy();
  }
}

async function headOf(path: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function* csvRecords(bytes: NodeJS.ReadableStream): AsyncGenerator<FileRecord> {
  const rows = parse({
    bom: true,
    columns: true,
    info: true,
    relax_column_count_less: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
  });
  bytes.on("error", (error) => rows.destroy(error));
  for await (const { record, info } of bytes.pipe(rows)) yield { line: info.lines, fields: record };
}

async function* jsonRecords(
  bytes: NodeJS.ReadableStream,
  onDamaged: OnDamaged,
): AsyncGenerator<FileRecord> {
  let line = 0;
  const failed = new Promise<never>((_, reject) => bytes.once("error", reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY });
  const iterator = lines[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await Promise.race([iterator.next(), failed]);
    if (done === true) return;
    line += 1;
    if (value.trim() === "") continue;
    const parsed = parseObject(value);
    if (parsed === undefined) onDamaged(line, "is no JSON object");
    else yield { line, fields: parsed };
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function* parquetRecords(path: string): AsyncGenerator<FileRecord> {
  const file = await asyncBufferFromFile(path);
  try {
    const metadata = await parquetMetadataAsync(file);
    const rows = Number(metadata.num_rows);
    for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
      const rowEnd = Math.min(start + ROWS_AT_ONCE, rows);
      const part = await parquetReadObjects({
        file,
        metadata,
        compressors,
        rowStart: start,
        rowEnd,
      });
      for (const [index, fields] of part.entries()) yield { line: start + index + 1, fields };
    }
  } catch (error) {
    throw error instanceof AispendError
      ? error
      : broken(path, "it is no whole Parquet file", error);
  }
}
