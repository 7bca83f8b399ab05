import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { type ConnectOptions, connect, type Database } from "#core/db/connect.ts";
import { loginOwnsTables } from "#core/db/roles.ts";
import { useDatabase } from "./clone.ts";

const database = useDatabase();
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(more: Partial<ConnectOptions>): Promise<Database> {
  const home = tmpdir();
  const opened = await connect({
    home,
    applicationName: "test",
    databaseUrl: database.url,
    ...more,
  });
  cleanUps.push(() => opened.close());
  return opened;
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.toString();
}

/** Logins belong to the whole server, which other runs share. */
async function newLogin(options = ""): Promise<{ name: string; url: string }> {
  const name = `aispend_test_${randomBytes(6).toString("hex")}`;
  await database.owner.query(`create role ${name} login password 'secret' ${options}`);
  cleanUps.push(async () => {
    await database.owner.query(`drop owned by ${name}`);
    await database.owner.query(`drop role ${name}`);
  });
  const url = changed((one) => {
    one.username = name;
    one.password = "secret";
  });
  return { name, url };
}

async function newDatabase(owner: { name: string; url: string }): Promise<string> {
  const name = `${owner.name}_db`;
  await database.owner.query(`create database ${name} owner ${owner.name}`);
  cleanUps.push(() => database.owner.query(`drop database ${name} with (force)`));
  const url = new URL(owner.url);
  url.pathname = `/${name}`;
  return url.toString();
}

describe("connect with DATABASE_URL", () => {
  it("acts as the application, whatever the URL itself sets", async () => {
    const databaseUrl = changed((url) => {
      url.searchParams.set("options", "-c statement_timeout=1234ms");
      url.searchParams.set("application_name", "psql");
    });
    const opened = await open({ databaseUrl });
    const { rows } = await opened.pool.query(
      `select current_user as role, current_setting('statement_timeout') as timeout,
         current_setting('application_name') as name, 1::int8 as one`,
    );
    expect(rows).toEqual([
      { role: "aispend_app", timeout: "1234ms", name: "aispend test", one: 1n },
    ]);
    expect(opened.created).toBe(false);
  });

  it("gives the owner where the owner's rights are needed", async () => {
    const opened = await open({});
    await expect(opened.pool.query("create table mine (id int)")).rejects.toMatchObject({
      code: "42501",
    });
    const { rows } = await opened.owner().query("select current_user = session_user as same");
    expect(rows).toEqual([{ same: true }]);
    expect(opened.owner()).toBe(opened.owner());
  });

  it("lets a login of its own act as the application, and it owns nothing", async () => {
    const login = await newLogin();
    const opened = await open({ databaseUrl: login.url, ownerUrl: database.url });
    const { rows } = await opened.pool.query("select current_user as role, session_user as login");
    expect(rows).toEqual([{ role: "aispend_app", login: login.name }]);
    expect(await loginOwnsTables(opened.pool)).toBe(false);
    const same = await open({});
    expect(await loginOwnsTables(same.pool)).toBe(true);
  });

  it("migrates as an owner that is no superuser, whoever made the role", async () => {
    const login = await newLogin("createrole");
    const url = await newDatabase(login);
    await database.owner.query(`grant aispend_app to ${login.name} with admin option`);
    const opened = await open({ databaseUrl: url });
    const { rows } = await opened.pool.query("select current_user as role");
    expect(rows).toEqual([{ role: "aispend_app" }]);
  });

  it("says what to grant when a login may not act as the application", async () => {
    const login = await newLogin();
    const url = await newDatabase(login);
    await expect(open({ databaseUrl: url })).rejects.toMatchObject({
      code: "database_role",
      kind: "unavailable",
      help: `As a superuser run: grant aispend_app to ${login.name};`,
    });
    await database.owner.query(`grant aispend_app to ${login.name}`);
    await expect(open({ databaseUrl: url })).resolves.toBeDefined();
  });

  it("says who must own the database when it cannot be migrated", async () => {
    const login = await newLogin();
    await expect(open({ ownerUrl: login.url })).rejects.toMatchObject({
      code: "migration_failed",
      message: expect.stringMatching(/permission denied for .*$/),
      help: expect.stringContaining("DATABASE_OWNER_URL"),
    });
  });

  it("says in words what is wrong, and no password", async () => {
    const cases: [string, string, RegExp][] = [
      [
        "postgres://u:hunter2@127.0.0.1:1/x",
        "database_unavailable",
        /127\.0\.0\.1:1\/x: .*ECONNREF/,
      ],
      ["postgres://u:hunter2@nowhere.invalid/x", "database_unavailable", /nowhere\.invalid\/x/],
      ["no url with hunter2", "database_url_invalid", /not a URL/],
      [
        changed((url) => (url.pathname = "/absent")),
        "database_unavailable",
        /"absent" does not exist/,
      ],
      [changed((url) => (url.username = "nobody")), "database_unavailable", /cannot open/],
    ];
    for (const [databaseUrl, code, message] of cases) {
      const failed = await open({ databaseUrl }).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(String(failed)).not.toContain("hunter2");
    }
  });

  it("survives that an idle connection is cut", async () => {
    const log: string[] = [];
    const opened = await open({ log: (line) => log.push(line) });
    const { rows } = await opened.pool.query("select pg_backend_pid() as pid");
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query("select pg_terminate_backend($1)", [rows[0].pid]);
    await admin.end();
    await expect.poll(() => log.length).toBe(1);
    expect((await opened.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });
});
