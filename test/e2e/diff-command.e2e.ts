import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DiffReport } from "#core/estimates/schema.ts";
import { aispend, type Ran } from "#test/cli/command-line.ts";

let folder = "";
let repository = "";

const ENVIRONMENT = { PATH: process.env.PATH ?? "", HOME: "/nonexistent" };

function git(...words: string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  return execFileSync("git", [...identity, ...words], {
    cwd: repository,
    env: { ...ENVIRONMENT, GIT_CONFIG_GLOBAL: "/dev/null" },
    encoding: "utf8",
  }).trim();
}

function write(path: string, content: string | Uint8Array): void {
  const file = join(repository, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function commit(message: string): string {
  git("add", "-A");
  git("commit", "-q", "-m", message);
  return git("rev-parse", "HEAD");
}

const run = (...words: string[]): Promise<Ran> =>
  aispend({ environment: ENVIRONMENT, workingFolder: repository }, "diff", ...words);

async function json(...words: string[]): Promise<DiffReport> {
  const { out, exitCode, err } = await run(...words, "--format", "json");
  expect(err).toBe("");
  expect(exitCode).toBe(0);
  return DiffReport.parse(JSON.parse(out));
}

const said = ({ changes }: DiffReport): string[] =>
  changes.map(({ kind, path, line, from, to }) => `${kind} ${path}:${line} ${from} > ${to}`);

let first = "";
let second = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aispend-diff-"));
  repository = join(folder, "work tree");
  mkdirSync(repository);
  git("init", "-q", "-b", "main");
  write("app/models.py", 'CHAT_MODEL = "gpt-4o"\nMAX_TOKENS = 1000\n');
  write("app/chat.py", "from app.models import CHAT_MODEL\nreply = ask(model=CHAT_MODEL)\n");
  write("prompts/support ä.txt", "You answer customers of the shop.\n");
  write("tests/test_chat.py", 'model = "gpt-4o"\n');
  first = commit("first");
  write("app/models.py", 'CHAT_MODEL = "gpt-4o-mini"\nMAX_TOKENS = 1_000\n');
  write("prompts/support ä.txt", "You answer customers of the shop. Be short and friendly.\n");
  write("tests/test_chat.py", 'model = "gpt-4.1"\n');
  write("package-lock.json", '{"model": "gpt-4o"}\n');
  write("app/logo.py", new Uint8Array([1, 0, 2]));
  write("app/latin.py", new Uint8Array([0x6d, 0xe4, 0x0a]));
  write("app/large.py", `MODEL = "gpt-4o"\n${"# long\n".repeat(160_000)}`);
  symlinkSync("/etc/hostname", join(repository, "app/link.py"));
  second = commit("second");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it("prints the changes between two commits as JSON of the published schema", async () => {
  const report = await json(`${first}..${second}`);
  expect(report).toMatchObject({ version: 1, base: first, head: second });
  expect(said(report)).toEqual([
    "model app/models.py:1 gpt-4o > gpt-4o-mini",
    "prompt prompts/support ä.txt:1 7 tokens > 12 tokens",
  ]);
  expect(report.changes[0]).toMatchObject({
    confidence: "sure",
    uses: [{ path: "app/chat.py", line: 2 }],
    rates: { state: "priced", lines: expect.arrayContaining([expect.anything()]) },
  });
});

it("says which files were passed over and why", async () => {
  const { skipped, totals } = await json(`${first}..${second}`);
  expect(new Map(skipped.map(({ path, reason }) => [path, reason]))).toEqual(
    new Map([
      ["app/large.py", "too large"],
      ["app/latin.py", "not UTF-8"],
      ["app/link.py", "symbolic link"],
      ["app/logo.py", "binary"],
      ["package-lock.json", "lock file"],
      ["tests/test_chat.py", "test or fixture"],
    ]),
  );
  expect(totals).toMatchObject({ models: 1, prompts: 1, params: 0, filesSkipped: 6 });
});

it("reads a bare repository", async () => {
  git("clone", "-q", "--bare", ".", "../bare.git");
  const report = await json(`${first}..${second}`, "--repo", join(folder, "bare.git"));
  expect(said(report)).toHaveLength(2);
});

it("compares what is staged, and only that", async () => {
  write("app/models.py", 'CHAT_MODEL = "gpt-4.1"\nMAX_TOKENS = 1_000\n');
  git("add", "app/models.py");
  write("app/models.py", 'CHAT_MODEL = "gpt-5"\nMAX_TOKENS = 1_000\n');
  expect(said(await json("--staged"))).toEqual(["model app/models.py:1 gpt-4o-mini > gpt-4.1"]);
  git("checkout", "-q", "-f", "HEAD");
});

it("compares with where two branches parted, for three dots", async () => {
  git("checkout", "-q", "-b", "side", first);
  write("app/side.py", 'EXTRA_MODEL = "claude-haiku-4-5"\n');
  const side = commit("side");
  git("checkout", "-q", "main");
  const report = await json(`main...side`);
  expect(report).toMatchObject({ base: first, head: side });
  expect(said(report)).toEqual(["model app/side.py:1 null > claude-haiku-4-5"]);
});

it("follows a rename with equal content as no change", async () => {
  git("checkout", "-q", "-b", "rename", second);
  git("mv", "app/models.py", "app/names.py");
  const renamed = commit("rename");
  expect((await json(`${second}..${renamed}`)).changes).toEqual([]);
});

it("counts a prompt whose file is gone, where nothing else changed", async () => {
  git("checkout", "-q", "-b", "without-prompt", second);
  git("rm", "-q", "prompts/support ä.txt");
  const { changes } = await json(`${second}..${commit("without prompt")}`);
  expect(changes).toMatchObject([{ kind: "prompt", from: "12 tokens", to: null }]);
});

it("ends with 0 where nothing changed, and says so", async () => {
  const { exitCode, out } = await run(`${second}..${second}`);
  expect(exitCode).toBe(0);
  expect(out).toBe("No change of a model, a prompt or a cost parameter\n");
});

it("ends with 2 for a revision, a folder or a format that does not exist", async () => {
  for (const words of [
    ["nowhere..HEAD"],
    ["--upload-pack=evil..HEAD"],
    ["HEAD..HEAD", "--repo", join(folder, "missing")],
    ["HEAD..HEAD", "--repo", folder],
    ["HEAD..HEAD", "--staged"],
    ["--format", "xml"],
  ]) {
    const { exitCode, err } = await run(...words);
    expect({ words, exitCode }).toEqual({ words, exitCode: 2 });
    expect(err).not.toBe("");
  }
});

it("runs no program that the repository names", async () => {
  const mark = join(folder, "ran");
  git("config", "diff.external", `touch '${mark}'`);
  git("config", "core.fsmonitor", `touch '${mark}'`);
  git("config", "filter.evil.smudge", `touch '${mark}'`);
  git("config", "diff.evil.textconv", `touch '${mark}'`);
  write(".gitattributes", "*.py filter=evil diff=evil\n");
  await json(`${first}..${second}`);
  await json("--staged");
  expect(() => execFileSync("test", ["-e", mark])).toThrow();
});
