import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AispendError } from "#core/errors.ts";
import { canEnter } from "./account.ts";
import type { Account } from "./run.ts";

/** Where root's servers live when their account cannot enter root's folders. */
export const SYSTEM_FOLDER = "/var/lib/aispend";
const POINTER = "postgres-folder";

/** Makes AISPEND_HOME where it is missing: closed to others, but root's lets the server's account in. */
export async function makeHome(home: string): Promise<string> {
  try {
    const made = await mkdir(home, { recursive: true, mode: 0o700 });
    if (made !== undefined && process.getuid?.() === 0) await chmod(home, 0o711);
    return await realpath(home);
  } catch (error) {
    throw new AispendError("home_unusable", `the folder ${home} cannot be made or entered`, {
      kind: "unavailable",
      help: "Set AISPEND_HOME to a folder of your own.",
      cause: error,
    });
  }
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/**
 * The folder that holds `data`, `password` and `server.log`: postgres/ in AISPEND_HOME, or one under
 * /var/lib/aispend that a pointer in AISPEND_HOME names, so that no data is lost sight of.
 */
export async function findServerFolder(
  home: string,
  account: (dataFolder: string) => Promise<Account | undefined>,
  log: (line: string) => void,
): Promise<{ folder: string; account: Account | undefined }> {
  const own = join(home, "postgres");
  if (await exists(join(own, "data")))
    return { folder: own, account: await account(join(own, "data")) };
  const named = await readPointer(home);
  if (named !== undefined) return { folder: named, account: await account(join(named, "data")) };
  const owner = await account(join(own, "data"));
  if (await canEnter(owner, home)) return { folder: own, account: owner };
  const folder = await writePointer(home);
  log(`the database is in ${folder}: its server cannot enter ${home}`);
  return { folder, account: owner };
}

/** The pointer says which home it was written for: a copied home must not share its original's data. */
async function readPointer(home: string): Promise<string | undefined> {
  const text = await readFile(join(home, POINTER), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const [folder = "", writtenFor = ""] = text.split("\n");
  const copied =
    writtenFor !== home && (await readFileOrNothing(join(writtenFor, POINTER))) === text;
  return copied ? undefined : folder;
}

function readFileOrNothing(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

/** The first of several starts decides. */
async function writePointer(home: string): Promise<string> {
  const seed = `${home}\n${randomBytes(8).toString("hex")}`;
  const folder = join(SYSTEM_FOLDER, hash(seed, 16));
  const copied = await exists(join(home, POINTER));
  try {
    const flag = copied ? "w" : "wx";
    await writeFile(join(home, POINTER), `${folder}\n${home}\n`, { flag, mode: 0o600 });
    return folder;
  } catch (error) {
    const other = await readPointer(home);
    if (other === undefined) throw error;
    return other;
  }
}

function hash(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/** A socket path over 107 bytes is fatal to Postgres, so the folder's own path cannot hold it. */
export async function socketFolder(folder: string): Promise<string> {
  const name = `aispend-${hash(await realpath(folder), 12)}`;
  const temporary = tmpdir();
  return join(temporary.length > 60 ? "/tmp" : temporary, name);
}
