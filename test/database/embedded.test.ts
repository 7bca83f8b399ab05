import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connect, type Database } from "#core/db/connect.ts";
import { socketFolder } from "#core/db/embedded/folder.ts";
import { makeTemporaryHome } from "./temporary-home.ts";

const CHILD = fileURLToPath(new URL("./connect-child.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isRoot = process.getuid?.() === 0;
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function newHome(name = "home"): Promise<string> {
  const parent = makeTemporaryHome("aispend-home-");
  const home = join(parent, name);
  cleanUps.push(async () => {
    const sockets = await socketFolder(join(home, "postgres")).catch(() => parent);
    await rm(sockets, { recursive: true, force: true });
    await rm(parent, { recursive: true, force: true });
  });
  return home;
}

const seed = { parent: "", created: false };

beforeAll(async () => {
  seed.parent = makeTemporaryHome("aispend-home-");
  const made = await connect({ home: join(seed.parent, "home"), applicationName: "test" });
  seed.created = made.created;
  await made.close();
});
afterAll(() => rm(seed.parent, { recursive: true, force: true }));

/** A home whose database was made before: making one takes longer than all the rest. */
async function usedHome(name?: string): Promise<string> {
  const home = await newHome(name);
  await promisify(execFile)("cp", ["-a", join(seed.parent, "home"), home]);
  return home;
}

async function open(home: string, log: string[] = []): Promise<Database> {
  const database = await connect({ home, applicationName: "test", log: (line) => log.push(line) });
  cleanUps.push(() => database.close());
  return database;
}

async function serverPid(home: string): Promise<number | undefined> {
  const file = join(home, "postgres", "data", "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number(text.split("\n")[0]);
}

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
  it("is made by the first, attached to by others, and stopped by the last one out", async () => {
    const home = await usedHome();
    const first = await open(home);
    const second = await open(home);
    expect([seed.created, first.created, second.created]).toEqual([true, false, false]);
    const pid = await serverPid(home);
    await first.owner().query("insert into organization (key, name) values ('acme', 'Acme')");
    await first.close();
    const { rows } = await second.pool.query("select key, current_user as role from organization");
    expect(rows).toEqual([{ key: "acme", role: "aispend_app" }]);
    expect(await serverPid(home)).toBe(pid);
    await second.close();
    await second.close();
    expect(await serverPid(home)).toBeUndefined();
    const third = await open(home);
    expect(third.created).toBe(false);
    expect((await third.pool.query("select from organization")).rowCount).toBe(1);
  });

  it("made by two at once is made once; leaving at once stops it", async () => {
    const home = await newHome();
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
    const home = await usedHome();
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

  it("keeps its password to itself and listens on no port", async () => {
    const home = await usedHome();
    const database = await open(home);
    expect((await stat(join(home, "postgres", "password"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, "postgres"))).mode & 0o777).toBe(0o700);
    const wrong = new URL(database.ownerUrl);
    wrong.password = "guess";
    const intruder = connect({ home, applicationName: "test", databaseUrl: wrong.toString() });
    await expect(intruder).rejects.toMatchObject({
      kind: "unavailable",
      help: expect.stringContaining("password"),
    });
    const { rows } = await database.pool.query(
      `select current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync,
         current_setting('server_encoding') as encoding, datlocprovider as provider
       from pg_database where datname = current_database()`,
    );
    expect(rows).toEqual([{ tcp: "", fsync: "on", encoding: "UTF8", provider: "b" }]);
  });

  it("in a path of 120 characters with blanks and quotes works like any other", async () => {
    const home = await usedHome(`it's a "long" way ${"down ".repeat(20)}home`);
    expect(home.length).toBeGreaterThan(120);
    const database = await open(home);
    expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("comes back after its server was killed, and has lost nothing", async () => {
    const home = await usedHome();
    const log: string[] = [];
    const database = await open(home, log);
    await database.owner().query("insert into organization (key, name) values ('acme', 'Acme')");
    process.kill((await serverPid(home)) ?? 0, "SIGKILL");
    const count = () => database.pool.query("select from organization").then((one) => one.rowCount);
    await expect.poll(() => count().catch(() => undefined), { timeout: 20_000 }).toBe(1);
    await expect.poll(() => log.at(-1)).toBe("attached to the embedded database again");
    await database.close();
    expect(await serverPid(home)).toBeUndefined();
  });

  it("comes back after one of its own processes was killed", async () => {
    const home = await usedHome();
    const database = await open(home);
    const { rows } = await database.pool.query("select pg_backend_pid() as pid");
    process.kill(rows[0].pid, "SIGKILL");
    const answer = () => database.pool.query("select 1 as one").then((one) => one.rows);
    await expect.poll(() => answer().catch(() => []), { timeout: 20_000 }).toEqual([{ one: 1 }]);
  });

  it("outlives a process that was killed; the next one attaches and stops it", async () => {
    const home = await usedHome();
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
    const home = await newHome();
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
    const home = await newHome();
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
    const home = await newHome();
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

  it("made by another PostgreSQL is refused with what to do", async () => {
    const home = await usedHome();
    await writeFile(join(home, "postgres", "data", "PG_VERSION"), "17\n");
    await expect(open(home)).rejects.toMatchObject({
      code: "embedded_database_version",
      help: expect.stringContaining("aispend db dump"),
    });
  });

  it("is refused where there can be no folder", async () => {
    const home = await newHome();
    await writeFile(home, "a file");
    await expect(open(home)).rejects.toMatchObject({ code: "home_unusable", kind: "unavailable" });
  });
});
