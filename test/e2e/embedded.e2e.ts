import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { connect } from "#core/db/connect.ts";
import { serverPid, useEmbeddedHomes } from "#test/database/embedded-home.ts";

const CHILD = fileURLToPath(new URL("../database/connect-child.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isRoot = process.getuid?.() === 0;
const { cleanUps, fresh, used, open } = useEmbeddedHomes();

interface Child {
  readonly process: ChildProcess;
  readonly lines: Record<string, unknown>[];
  readonly exited: Promise<unknown>;
}

/** A process of its own in a process group of its own, as a shell starts one. */
function start(args: string[], options: { uid?: number; umask?: string } = {}): Child {
  const command = ["node", "--import", "tsx", CHILD, ...args];
  const script = `umask ${options.umask ?? "022"}; exec "$@"`;
  const child = spawn("/bin/sh", ["-c", script, "sh", ...command], {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent", TMPDIR: tmpdir() },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  const exited = once(child, "close");
  cleanUps.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  });
  return { process: child, lines, exited };
}

function said(child: Child, key: string): Promise<Record<string, unknown>> {
  return expect
    .poll(() => child.lines.find((line) => key in line), { timeout: 30_000 })
    .toBeDefined()
    .then(() => child.lines.find((line) => key in line) ?? {});
}

describe("the embedded database", () => {
  it("made by two at once is made once; leaving at once stops it", async () => {
    const home = await fresh();
    const both = await Promise.all([open(home), open(home)]);
    expect(both.filter((one) => one.created)).toHaveLength(1);
    const started = await Promise.all(
      both.map(async (one) => (await one.pool.query("select pg_postmaster_start_time()")).rows),
    );
    expect(started[0]).toEqual(started[1]);
    await Promise.all(both.map((one) => one.close()));
    expect(await serverPid(home)).toBeUndefined();
  });

  it("is left and entered in any order without ever being pulled away from anyone", async () => {
    const home = await used();
    const visit = async (times: number) => {
      for (let visited = 0; visited < times; visited += 1) {
        const database = await connect({ home, applicationName: "visitor" });
        const { rows } = await database.pool.query("select 1 as one");
        expect(rows).toEqual([{ one: 1 }]);
        await database.close();
      }
    };
    await Promise.all([visit(3), visit(3), visit(3)]);
    expect(await serverPid(home)).toBeUndefined();
  });

  it("outlives a process that was killed; the next one attaches and stops it", async () => {
    const home = await used();
    const child = start([home]);
    expect(await said(child, "created")).toMatchObject({ created: false, role: "aispend_app" });
    const pid = await serverPid(home);
    child.process.kill("SIGKILL");
    await child.exited;
    const next = await open(home);
    expect(await serverPid(home)).toBe(pid);
    expect(next.created).toBe(false);
    await next.close();
    expect(await serverPid(home)).toBeUndefined();
  });

  it("is there until the application has ended by Ctrl-C, under umask 077", async () => {
    const home = await fresh();
    const child = start([home], { umask: "077" });
    await said(child, "created");
    process.kill(-(child.process.pid ?? 0), "SIGINT");
    await said(child, "closed");
    await child.exited;
    expect(await serverPid(home)).toBeUndefined();
    const next = await open(home);
    expect((await next.owner().query("select said from last_words")).rows).toEqual([{ said: 1 }]);
  });

  it.runIf(isRoot)("of an ordinary user is served to root as that user", async () => {
    const home = await fresh();
    await mkdir(home);
    await chown(home, 65_534, 65_534);
    const child = start([home, "once"], { uid: 65_534 });
    expect(await said(child, "created")).toMatchObject({ created: true, uid: 65_534 });
    await said(child, "closed");
    await child.exited;
    const database = await open(home);
    expect(database.created).toBe(false);
    expect((await stat(join(home, "postgres", "data", "postmaster.pid"))).uid).toBe(65_534);
  });

  it.runIf(isRoot)("of root whose home is closed is under /var/lib, and stays found", async () => {
    const home = await fresh();
    await mkdir(home);
    await chmod(home, 0o700);
    const log: string[] = [];
    const database = await open(home, log);
    const [folder = ""] = (await readFile(join(home, "postgres-folder"), "utf8")).split("\n");
    cleanUps.unshift(() => rm(folder, { recursive: true, force: true }));
    expect(folder).toMatch(/^\/var\/lib\/aispend\/[0-9a-f]{16}$/);
    expect(log).toEqual([`the database is in ${folder}: its server cannot enter ${home}`]);
    await database.owner().query("insert into organization (key, name) values ('acme', 'Acme')");
    await database.close();
    await chmod(home, 0o755);
    const again = await open(home);
    expect((await again.pool.query("select from organization")).rowCount).toBe(1);
  });
});
