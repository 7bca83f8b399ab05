import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "#core/db/connect.ts";
import { serverPid, useEmbeddedHomes } from "#test/database/embedded-home.ts";

const { created, fresh, used, open } = useEmbeddedHomes();

describe("the embedded database", () => {
  it("is made by the first, attached to by others, and stopped by the last one out", async () => {
    const home = await used();
    const first = await open(home);
    const second = await open(home);
    expect([created(), first.created, second.created]).toEqual([true, false, false]);
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

  it("keeps its password to itself and listens on no port", async () => {
    const home = await used();
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
    const home = await used(`it's a "long" way ${"down ".repeat(20)}home`);
    expect(home.length).toBeGreaterThan(120);
    const database = await open(home);
    expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("comes back after its server was killed, and has lost nothing", async () => {
    const home = await used();
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
    const home = await used();
    const database = await open(home);
    const { rows } = await database.pool.query("select pg_backend_pid() as pid");
    process.kill(rows[0].pid, "SIGKILL");
    const answer = () => database.pool.query("select 1 as one").then((one) => one.rows);
    await expect.poll(() => answer().catch(() => []), { timeout: 20_000 }).toEqual([{ one: 1 }]);
  });

  it("made by another PostgreSQL is refused with what to do", async () => {
    const home = await used();
    await writeFile(join(home, "postgres", "data", "PG_VERSION"), "17\n");
    await expect(open(home)).rejects.toMatchObject({
      code: "embedded_database_version",
      help: expect.stringContaining("aispend db dump"),
    });
  });

  it("is refused where there can be no folder", async () => {
    const home = await fresh();
    await writeFile(home, "a file");
    await expect(open(home)).rejects.toMatchObject({ code: "home_unusable", kind: "unavailable" });
  });
});
