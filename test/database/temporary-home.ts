import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder for an AISPEND_HOME. Temporary folders are closed to others, and root's server runs as
 * another account: it would have to keep the database in /var/lib/aispend, where it stays behind.
 */
export function makeTemporaryHome(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  return folder;
}
