import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { remoteOf } from "#apps/cli/remote-visibility.ts";
import { readRepositoryFile } from "#core/estimates/repository-file.ts";
import { readSnapshot } from "#core/estimates/snapshot.ts";
import { append, makeAcme } from "#test/chat/acme.ts";
import { aispend, type Ran, SECRET_KEY } from "#test/cli/command-line.ts";
import { useDatabase } from "#test/database/clone.ts";

const now = new Date("2026-11-23T09:00:00Z");
const database = useDatabase();
let repository = "";
let api = "";
let github: Server;

const GIT = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", GIT_CONFIG_GLOBAL: "/dev/null" };

function git(...words: string[]): void {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  execFileSync("git", [...identity, ...words], { cwd: repository, env: GIT });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), text);
}

const run = (...words: string[]): Promise<Ran> =>
  aispend(
    {
      environment: {
        ...GIT,
        DATABASE_URL: database.url,
        AISPEND_SECRET_KEY: SECRET_KEY,
        GITHUB_API_URL: api,
      },
      workingFolder: repository,
      now,
    },
    ...words,
  );

const FILE = `repository:
  organisation: acme
  paths:
    - path: prompts/**
      workflow: refunds
    - path: jobs/**
      workflow: nobody
    - path: web/**
      scope: payments/nowhere
`;

beforeAll(async () => {
  repository = mkdtempSync(join(tmpdir(), "aispend-usage-"));
  git("init", "-q", "-b", "main");
  write("aispend.yaml", FILE);
  write("prompts/refund.md", "You answer customers about refunds.\n");
  write("services/ranker/main.py", 'client.chat.completions.create(model="gpt-4o")\n');
  git("add", "-A");
  git("commit", "-q", "-m", "first");
  for (const key of ["acme", "other"]) {
    const { orgId } = await makeAcme(database.owner, { key });
    await append(
      database.pool,
      orgId,
      Array.from({ length: key === "acme" ? 4 : 9 }, (_, index) => ({
        source: "seed",
        externalId: `c${index}`,
        occurredAt: "2026-11-10T10:00:00Z",
        provider: "openai",
        model: "gpt-4o",
        tokens: { input: 1_000, output: 100 },
        tags: { team: "payments", project: "disputes", workflow: "refunds", person: "u1" },
      })),
    );
  }
  github = createServer((request, response) => {
    response.setHeader("Content-Type", "application/json");
    if (request.url === "/repos/acme/open") response.end('{"private":false}');
    else response.writeHead(request.url === "/repos/acme/odd" ? 500 : 404).end("{}");
  });
  github.listen(0, "127.0.0.1");
  await new Promise((resolve) => github.once("listening", resolve));
  api = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
});

afterAll(async () => {
  rmSync(repository, { recursive: true, force: true });
  await new Promise((resolve) => github.close(resolve));
});

describe("aispend usage snapshot", () => {
  it("prints what the mapped subjects sent, of one organisation, without a person", async () => {
    const { exitCode, out, err } = await run("usage", "snapshot");
    expect({ exitCode, lines: exitCode === 0 ? "" : err }).toEqual({ exitCode: 0, lines: "" });
    const read = readSnapshot(out);
    expect(read).toMatchObject({
      state: "read",
      snapshot: {
        date: "2026-11-23",
        subjects: [
          {
            subject: { workflow: "refunds" },
            profiles: [{ source: "snapshot", model: "gpt-4o", calls: 4, median: { input: 1_000 } }],
          },
        ],
      },
    });
    expect(out).not.toContain("u1");
    expect(err).toContain("Left out: workflow nobody made no call in 30 days.");
    expect(err).toContain("Left out: there is no scope payments/nowhere.");
  });

  it("refuses where everybody may read it, or where nobody can tell, unless told to publish", async () => {
    const remotes: [string, number, RegExp][] = [
      ["https://github.com/acme/open.git", 1, /everybody may read github\.com\/acme\/open/],
      ["git@github.com:acme/open", 1, /everybody may read/],
      ["git@github.com:acme/odd.git", 1, /cannot be told from here/],
      ["https://gitlab.com/acme/shop.git", 1, /cannot be told from here/],
      ["ssh://git@github.com/acme/closed.git", 0, /^/],
      ["git@git.acme.example:shop/web.git", 0, /^/],
      ["../elsewhere", 0, /^/],
    ];
    for (const [url, code, said] of remotes) {
      git("remote", "add", "origin", url);
      const { exitCode, err } = await run("usage", "snapshot");
      expect([url, exitCode]).toEqual([url, code]);
      expect(err).toMatch(said);
      git("remote", "remove", "origin");
    }
    git("remote", "add", "origin", "https://github.com/acme/open.git");
    expect((await run("usage", "snapshot", "--publish")).exitCode).toBe(0);
    git("remote", "remove", "origin");
  });

  it("says what is missing or wrong in aispend.yaml", async () => {
    write("aispend.yaml", "repository: {}\n");
    expect((await run("usage", "snapshot")).err).toContain("maps no path to a scope");
    write("aispend.yaml", "repository: { pths: [] }\n");
    expect((await run("usage", "snapshot")).err).toMatch(/aispend\.yaml:1: 'pths' is not known/);
    write("aispend.yaml", FILE);
  });
});

it("reads addresses of remotes in every form", () => {
  const shop = { host: "github.com", name: "acme/shop" };
  for (const url of [
    "https://github.com/acme/shop",
    "https://user:secret@github.com/acme/shop.git",
    "ssh://git@github.com:22/acme/shop.git/",
    "git@github.com:acme/shop.git",
  ]) {
    expect([url, remoteOf(url)]).toEqual([url, shop]);
  }
  for (const url of ["/srv/git/shop.git", "../shop", "file:///srv/shop", "C:\\shop"]) {
    expect([url, remoteOf(url)]).toEqual([url, undefined]);
  }
});

it("suggests mappings that the repository's file can take as they are", async () => {
  const { exitCode, out } = await run("map", "suggest", "--org", "acme");
  expect(exitCode).toBe(0);
  expect(out).toContain("named after 'refund'");
  expect(readRepositoryFile(out)).toMatchObject({
    state: "read",
    repository: {
      paths: [
        { path: "prompts/refund.md", workflow: "refunds" },
        { path: "services/ranker/main.py", scope: "search/ranker" },
      ],
    },
  });
});
