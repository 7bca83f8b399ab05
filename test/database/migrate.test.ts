import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { migrate } from "#core/db/migrate.ts";
import { databaseUrl } from "./template.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);
const LIST = new URL("./migrations.json", import.meta.url);

async function hashes(): Promise<Record<string, string>> {
  const names = (await readdir(FOLDER)).sort();
  const pairs = names.map(async (name) => {
    const text = await readFile(new URL(name, FOLDER), "utf8");
    return [name, createHash("sha256").update(text).digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

it("no migration was edited; a new one is added to the list by UPDATE_GOLDEN=1", async () => {
  const found = await hashes();
  if (process.env.UPDATE_GOLDEN === "1") {
    await writeFile(LIST, `${JSON.stringify(found, null, 2)}\n`);
  }
  expect(found).toEqual(JSON.parse(await readFile(LIST, "utf8")));
});

it("migrations are numbered, go forward only and say so", async () => {
  for (const name of Object.keys(await hashes())) {
    expect(name).toMatch(/^\d{4}_[a-z0-9_]+\.sql$/);
    const text = await readFile(new URL(name, FOLDER), "utf8");
    expect(text.startsWith("-- Up Migration\n"), name).toBe(true);
    expect(text, name).not.toMatch(/^--\s*Down Migration/im);
  }
});

describe("on an empty database", () => {
  const name = `aispend_test_${randomBytes(6).toString("hex")}`;
  const url = databaseUrl(inject("databaseUrl"), name);
  const admin = new pg.Client({ connectionString: inject("databaseUrl") });

  beforeAll(async () => {
    await admin.connect();
    await admin.query(`create database ${name}`);
  });
  afterAll(async () => {
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });

  it("four that start at once apply each migration once", async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(url)));
    const expected = Object.keys(await hashes()).map((file) => file.replace(/\.sql$/, ""));
    expect(applied.flat().sort()).toEqual(expected);
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    expect(await migrate(url)).toEqual([]);
  });
});
