import { fileKind } from "#core/estimates/detection/file-kind.ts";
import type { FileText, FileVersions } from "#core/estimates/detection/file-versions.ts";
import { readBytes } from "#core/estimates/read-bytes.ts";
import { type ChangedFile, type GitHub, statusOf } from "./github.ts";
import {
  BLOBS_A_QUERY,
  type Blob,
  type BlobRequest,
  readBlob,
  readBlobs,
  readContents,
} from "./github-files.ts";

const MAX_BYTES = 1_000_000;
/** Files read over REST one by one, where GraphQL does not have them; the rest is skipped and said. */
const MAX_REST = 200;
const AT_ONCE = 4;

interface Wanted extends BlobRequest {
  readonly id: string;
}

const absent: FileText = { state: "absent" };
const unreadable = (reason: string): FileText => ({ state: "unreadable", reason });

/**
 * Both versions of every file of a pull request that the engine reads, 50 in a query. Nothing is
 * checked out, and nothing of it runs.
 */
export async function readVersions(
  github: GitHub,
  files: readonly ChangedFile[],
  base: string,
  head: string,
): Promise<FileVersions[]> {
  const wanted = new Map<string, Wanted>();
  const want = (commit: string, path: string): void => {
    const id = `${commit}:${path}`;
    wanted.set(id, { id, commit, path });
  };
  for (const file of files) {
    if (!isRead(file)) continue;
    if (file.status !== "added") want(base, basePathOf(file));
    if (file.status !== "removed") want(head, file.filename);
  }
  const texts = await readTexts(github, [...wanted.values()]);
  const side = (commit: string, path: string): FileText => texts.get(`${commit}:${path}`) ?? absent;
  return files.map((file) => ({
    path: file.filename,
    ...(file.status === "renamed" ? { basePath: basePathOf(file) } : {}),
    base: side(base, basePathOf(file)),
    head: side(head, file.filename),
  }));
}

function basePathOf({ filename, previous_filename: before, status }: ChangedFile): string {
  return status === "renamed" && before !== undefined ? before : filename;
}

/** A rename with equal content has nothing to read. */
function isRead({ filename, status, changes }: ChangedFile): boolean {
  if (status === "renamed" && changes === 0) return false;
  return fileKind(filename).state === "read";
}

async function readTexts(
  github: GitHub,
  wanted: readonly Wanted[],
): Promise<Map<string, FileText>> {
  const texts = new Map<string, FileText>();
  const byRest: { readonly one: Wanted; readonly oid: string | undefined }[] = [];
  const batches: Wanted[][] = [];
  for (let at = 0; at < wanted.length; at += BLOBS_A_QUERY) {
    batches.push(wanted.slice(at, at + BLOBS_A_QUERY));
  }
  await inTurn(batches, async (batch) => {
    const blobs = await blobsOf(github, batch);
    for (const [index, one] of batch.entries()) {
      const blob = blobs[index];
      const text = blob === undefined ? undefined : textOf(blob);
      if (text !== undefined) texts.set(one.id, text);
      else byRest.push({ one, oid: blob?.oid });
    }
  });
  for (const { one } of byRest.slice(MAX_REST)) texts.set(one.id, unreadable("too many files"));
  await inTurn(byRest.slice(0, MAX_REST), async ({ one, oid }) => {
    const bytes = oid === undefined ? await readContents(github, one) : await readBlob(github, oid);
    if (bytes === undefined) return;
    const large = bytes.length > MAX_BYTES;
    texts.set(one.id, large ? unreadable("too large") : readBytes(bytes));
  });
  return texts;
}

/** Where GraphQL refuses or is not there, every file of the batch is asked for over REST. */
async function blobsOf(
  github: GitHub,
  batch: readonly Wanted[],
): Promise<readonly (Blob | undefined)[]> {
  try {
    return await readBlobs(github, batch);
  } catch (error) {
    const status = statusOf(error);
    if (status === 401 || status === 403) throw error;
    return batch.map(() => undefined);
  }
}

/** Undefined where GraphQL's answer is not the whole text. */
function textOf(blob: Blob): FileText | undefined {
  if (blob.__typename === "Commit") return unreadable("submodule");
  if (blob.__typename !== "Blob") return absent;
  if ((blob.byteSize ?? 0) > MAX_BYTES) return unreadable("too large");
  if (blob.isBinary === true) return unreadable("binary");
  if (blob.isTruncated === true || blob.text == null) return undefined;
  return readBytes(new TextEncoder().encode(blob.text));
}

/** A few at a time: GitHub limits how much one token asks for at once. */
async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next];
      next += 1;
      if (item !== undefined) await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
}
