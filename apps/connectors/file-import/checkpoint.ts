import { hash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { digestOf, type OpenFile } from "./open-file.ts";

const Tally = z.object({
  rows: z.int().min(0),
  appended: z.int().min(0),
  unpriced: z.int().min(0),
  duplicates: z.int().min(0),
  traced: z.int().min(0),
  conflicts: z.int().min(0),
  refused: z.int().min(0),
});
/** What became of the rows so far; `rows` is the sum of the others but `unpriced`. */
export type Tally = z.infer<typeof Tally>;

/** How far an import got: everything up to `tally.rows` is stored. */
const Checkpoint = z.object({
  /** What is imported where and how; another mapping or organisation starts anew. */
  purpose: z.string(),
  bytes: z.int().min(0),
  digest: z.string(),
  tally: Tally,
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** One file an import in the folder, so that imports of several files do not meet. */
export function checkpointPath(folder: string, purpose: string): string {
  return join(folder, `${purpose.slice(0, 32)}.json`);
}

export function purposeOf(parts: readonly (string | number)[]): string {
  return hash("sha256", JSON.stringify(parts), "hex");
}

export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A kill in the middle leaves the old one whole.
  await writeFile(`${path}.new`, JSON.stringify(checkpoint), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function dropCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}

/**
 * The checkpoint, if it is of this purpose and the file still begins with the very bytes that it
 * was taken after. A file that has grown since is fine, a file that has changed is not.
 */
export async function findCheckpoint(
  path: string,
  purpose: string,
  file: OpenFile,
): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const parsed = Checkpoint.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.purpose !== purpose) return undefined;
  const checkpoint = parsed.data;
  if (checkpoint.bytes > file.bytes) return undefined;
  return (await digestOf(file, checkpoint.bytes)) === checkpoint.digest ? checkpoint : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
