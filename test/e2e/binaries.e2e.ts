import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { serverAccount } from "#core/db/embedded/account.ts";
import { findBinaries, type NativePackage, nativePackage } from "#core/db/embedded/binaries.ts";
import { run } from "#core/db/embedded/run.ts";

const execute = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const work = { folder: "" };

beforeEach(async () => {
  work.folder ||= await mkdtemp(join(tmpdir(), "aispend-native-"));
  if (isRoot) await chmod(work.folder, 0o755);
});
afterAll(() => rm(work.folder, { recursive: true, force: true }));

/** The package as npm leaves it when install scripts are blocked: without its symlinks. */
async function bareCopy(name: string): Promise<NativePackage> {
  const { folder: installed, version } = await nativePackage();
  const folder = join(work.folder, name, "package");
  await mkdir(join(work.folder, name));
  await execute("cp", ["-a", installed, folder]);
  const links: { target: string }[] = JSON.parse(
    await readFile(join(folder, "native", "pg-symlinks.json"), "utf8"),
  );
  await Promise.all(links.map((link) => unlink(join(folder, link.target))));
  return { folder, version };
}

async function versionOf(bin: string): Promise<string> {
  const account = await serverAccount("/nonexistent", () => undefined);
  return (await run(join(bin, "initdb"), ["--version"], { account })).output;
}

async function find(native: NativePackage, log: string[] = []) {
  const account = await serverAccount("/nonexistent", () => undefined);
  const copies = join(work.folder, "copies");
  await rm(copies, { recursive: true, force: true });
  return findBinaries(account, copies, (line) => log.push(line), native);
}

describe("the binaries of the embedded database", () => {
  it("get the symlinks that a blocked install script did not make", async () => {
    const native = await bareCopy("bare");
    const found = await find(native);
    expect(found).toEqual({ bin: join(native.folder, "native", "bin"), major: "18" });
    expect(await versionOf(found.bin)).toMatch(/^initdb \(PostgreSQL\) 18\./);
  });

  it("are copied where the package cannot be completed, and found there again", async () => {
    const native = await bareCopy("broken");
    await rm(join(native.folder, "scripts"), { recursive: true });
    const log: string[] = [];
    const found = await find(native, log);
    const copy = join(work.folder, "copies", `postgresql-${native.version}`);
    expect(found.bin).toBe(join(copy, "bin"));
    expect(log).toEqual([
      expect.stringContaining(`copied PostgreSQL ${native.version} to ${copy}`),
    ]);
    expect(await versionOf(found.bin)).toMatch(/^initdb \(PostgreSQL\) 18\./);
    const made = (await lstat(copy)).ino;
    const account = await serverAccount("/nonexistent", () => undefined);
    await findBinaries(account, join(work.folder, "copies"), (line) => log.push(line), native);
    expect([(await lstat(copy)).ino, log.length]).toEqual([made, 1]);
  });

  it.runIf(isRoot)(
    "of root's closed checkout are copied to where the server can read",
    async () => {
      const native = await bareCopy("closed");
      await chmod(join(work.folder, "closed"), 0o700);
      await execute("chmod", ["-R", "go=", native.folder]);
      const found = await find(native);
      expect(found.bin).toBe(join(work.folder, "copies", `postgresql-${native.version}`, "bin"));
      expect(await versionOf(found.bin)).toMatch(/^initdb \(PostgreSQL\) 18\./);
    },
  );
});
