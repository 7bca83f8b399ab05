import { fileKind } from "#core/estimates/detection/file-kind.ts";
import type { FileText, FileVersions } from "#core/estimates/detection/file-versions.ts";
import { readBytes } from "#core/estimates/read-bytes.ts";
import {
  type GitRepository,
  listChanges,
  objectSizes,
  type RawChange,
  readObjects,
} from "./git-repository.ts";

const ABSENT = /^0+$/;
const MAX_BYTES = 1_000_000;
const MAX_FILES = 20_000;

/** Both versions of every file that differs. Only files that the engine reads are loaded. */
export async function fileVersions(
  repository: GitRepository,
  base: string,
  head: string | "staged",
): Promise<FileVersions[]> {
  const changes = await listChanges(repository, base, head);
  const wanted = changes.slice(0, MAX_FILES).filter((change) => unreadable(change) === undefined);
  const ids = wanted
    .filter(({ path }) => fileKind(path).state === "read")
    .flatMap(({ baseId, headId }) => [baseId, headId])
    .filter((id) => !ABSENT.test(id));
  const sizes = await objectSizes(repository, [...new Set(ids)]);
  const small = [...sizes].filter(([, size]) => size <= MAX_BYTES).map(([id]) => id);
  const contents = await readObjects(repository, small);
  const side = (id: string): FileText => {
    if (ABSENT.test(id)) return { state: "absent" };
    const size = sizes.get(id);
    if (size === undefined) return { state: "unreadable", reason: "not in this clone" };
    if (size > MAX_BYTES) return { state: "unreadable", reason: "too large" };
    return readBytes(contents.get(id) ?? new Uint8Array());
  };
  return changes.map((change, index) => {
    const { path, basePath, baseId, headId } = change;
    const reason = index >= MAX_FILES ? "too many files" : unreadable(change);
    if (reason !== undefined) {
      const both: FileText = { state: "unreadable", reason };
      return { path, basePath, base: both, head: both };
    }
    if (fileKind(path).state !== "read") {
      return { path, basePath, base: { state: "absent" }, head: { state: "absent" } };
    }
    return { path, basePath, base: side(baseId), head: side(headId) };
  });
}

function unreadable({ baseMode, headMode }: RawChange): string | undefined {
  if (baseMode === "160000" || headMode === "160000") return "submodule";
  return baseMode === "120000" || headMode === "120000" ? "symbolic link" : undefined;
}
