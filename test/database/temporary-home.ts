import { accessSync, chmodSync, constants, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SHARED_MEMORY = "/dev/shm";
const ENOUGH_BYTES = 3 * 1024 ** 3;

/**
 * A folder for an AISPEND_HOME. Temporary folders are closed to others, and root's server runs as
 * another account: it would have to keep the database in /var/lib/aispend, where it stays behind.
 */
export function makeTemporaryHome(prefix: string, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, prefix));
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  return folder;
}

/**
 * Where a run keeps its databases: each is made and dropped as 740 files, which a file system on
 * a disk remembers for seconds. In memory where there is enough of it: a container often has 64 MB.
 */
export function databasesFolder(): string {
  try {
    accessSync(SHARED_MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    return bavail * bsize >= ENOUGH_BYTES ? SHARED_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
