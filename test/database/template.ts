import { randomBytes } from "node:crypto";
import pg from "pg";
import { migrate } from "#core/db/migrate.ts";
import { startTestServer } from "./embedded-server.ts";

export interface Template {
  serverUrl: string;
  name: string;
  drop: () => Promise<void>;
}

export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.toString();
}

/** TEST_DATABASE_URL names a server on which databases may be made; without it one of our own. */
export async function makeTemplate(): Promise<Template> {
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? undefined : await startTestServer();
  const serverUrl = server?.url ?? given ?? "";
  const name = `aispend_template_${randomBytes(6).toString("hex")}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await migrate(databaseUrl(serverUrl, name));
  return {
    serverUrl,
    name,
    drop: async () => {
      if (server === undefined) await admin.query(`drop database if exists ${name} with (force)`);
      await admin.end();
      await server?.stop();
    },
  };
}
