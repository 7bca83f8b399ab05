import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { AispendError } from "#core/errors.ts";

/** A repository, bare or not. Nothing is checked out, and no hook or filter runs. */
export interface GitRepository {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Settings that keep git from running programs that the repository names, and from asking. */
const SAFE = [
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.quotePath=false",
  "-c",
  "diff.renameLimit=2000",
];

const MAX_OUTPUT = 512 * 1024 * 1024;

interface Ended {
  readonly code: number;
  readonly out: Buffer;
  readonly problem: string;
}

function runGit(
  { folder, environment }: GitRepository,
  words: readonly string[],
  input?: string,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", [...SAFE, ...words], {
      cwd: folder,
      env: {
        ...environment,
        GIT_TERMINAL_PROMPT: "0",
        GIT_OPTIONAL_LOCKS: "0",
        GIT_NO_LAZY_FETCH: "1",
        LC_ALL: "C",
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const parts: Buffer[] = [];
    let size = 0;
    let problem = "";
    child.stdout.on("data", (part: Buffer) => {
      size += part.length;
      if (size > MAX_OUTPUT) child.kill();
      else parts.push(part);
    });
    child.stderr.on("data", (part: Buffer) => {
      if (problem.length < 4_000) problem += part.toString("utf8");
    });
    child.on("error", (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === "ENOENT"
          ? new AispendError("git_missing", "git cannot be found", {
              kind: "unavailable",
              help: "Install git; aispend diff reads repositories through it.",
              cause,
            })
          : cause,
      );
    });
    child.on("close", (code) => resolve({ code: code ?? 1, out: Buffer.concat(parts), problem }));
    // A git that ends early closes the pipe: its exit code says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
  });
}

async function git(
  repository: GitRepository,
  words: readonly string[],
  input?: string,
): Promise<Buffer> {
  const { code, out, problem } = await runGit(repository, words, input);
  if (code === 0) return out;
  throw new AispendError("git_failed", `git ${words[0]} failed: ${problem.trim().split("\n")[0]}`, {
    help: "Check the revisions, and that the clone is deep enough to have both.",
  });
}

export async function openRepository(
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<GitRepository> {
  const repository = { folder, environment };
  if (!existsSync(folder)) {
    throw new AispendError("not_a_repository", `there is no folder ${folder}`, {
      help: "Give the path of a work tree or of a bare repository with --repo PATH.",
    });
  }
  const { code } = await runGit(repository, ["rev-parse", "--git-dir"]);
  if (code === 0) return repository;
  throw new AispendError("not_a_repository", `${folder} is no git repository`, {
    help: "Run it inside a repository, or give one with --repo PATH.",
  });
}

/** The commit behind a name, as 40 hex digits. */
export async function findCommit(repository: GitRepository, name: string): Promise<string> {
  const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, out } = await runGit(repository, words);
  if (code === 0) return out.toString("utf8").trim();
  throw new AispendError("revision_unknown", `the repository has no commit '${name}'`, {
    help: "Name a branch, a tag or a commit. A shallow clone has only its newest commits.",
  });
}

export async function mergeBase(
  repository: GitRepository,
  base: string,
  head: string,
): Promise<string> {
  const { code, out } = await runGit(repository, ["merge-base", base, head]);
  if (code === 0) return out.toString("utf8").trim();
  throw new AispendError("no_merge_base", `${base} and ${head} have no common commit here`, {
    help: "Fetch more history, or use BASE..HEAD, which needs none.",
  });
}

/** One line of git's raw diff. */
export interface RawChange {
  readonly baseMode: string;
  readonly headMode: string;
  readonly baseId: string;
  readonly headId: string;
  readonly path: string;
  /** Where a renamed file was. */
  readonly basePath: string | undefined;
}

/** Files that differ between two commits, or between a commit and the index. */
export async function listChanges(
  repository: GitRepository,
  base: string,
  head: string | "staged",
): Promise<RawChange[]> {
  const common = ["-r", "-z", "-M", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv"];
  const words =
    head === "staged"
      ? ["diff-index", "--cached", ...common, base]
      : ["diff-tree", "--no-commit-id", ...common, base, head];
  const fields = (await git(repository, words)).toString("utf8").split("\0");
  const changes: RawChange[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const [baseMode = "", headMode = "", baseId = "", headId = "", status = ""] = (fields[at] ?? "")
      .replace(/^:/, "")
      .split(" ");
    const renamed = /^[RC]/.test(status);
    const first = fields[at + 1] ?? "";
    const path = renamed ? (fields[at + 2] ?? "") : first;
    changes.push({
      baseMode,
      headMode,
      baseId,
      headId,
      path,
      basePath: status.startsWith("R") ? first : undefined,
    });
    at += renamed ? 3 : 2;
  }
  return changes;
}

/** Regular files of a commit, with their contents' ids. */
export async function listTree(
  repository: GitRepository,
  commit: string,
): Promise<{ path: string; id: string }[]> {
  const out = await git(repository, ["ls-tree", "-r", "-z", "--full-tree", commit]);
  return out
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const found = /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(line);
      return found?.[1] === undefined ? [] : [{ path: found[2] ?? "", id: found[1] }];
    });
}

/** Sizes of objects in bytes; those that the clone lacks are left out. */
export async function objectSizes(
  repository: GitRepository,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  if (ids.length === 0) return sizes;
  const out = await git(repository, ["cat-file", "--batch-check"], `${ids.join("\n")}\n`);
  for (const line of out.toString("utf8").split("\n")) {
    const [id = "", type = "", size = ""] = line.split(" ");
    if (type === "blob") sizes.set(id, Number(size));
  }
  return sizes;
}

/** Contents of objects by id. */
export async function readObjects(
  repository: GitRepository,
  ids: readonly string[],
): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  if (ids.length === 0) return contents;
  const out = await git(repository, ["cat-file", "--batch"], `${ids.join("\n")}\n`);
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf(10, at);
    if (end === -1) break;
    const [id = "", type = "", size = ""] = out.toString("utf8", at, end).split(" ");
    if (type === "missing" || size === "") {
      at = end + 1;
      continue;
    }
    const from = end + 1;
    contents.set(id, out.subarray(from, from + Number(size)));
    at = from + Number(size) + 1;
  }
  return contents;
}

const MAX_FILE = 4_000_000;

/** A file of a commit or of the index as text; undefined where it is not there, or is larger than 4 MB. */
export async function fileAt(
  repository: GitRepository,
  side: string | "staged",
  path: string,
): Promise<string | undefined> {
  const object = side === "staged" ? `:${path}` : `${side}:${path}`;
  const { code, out } = await runGit(repository, ["cat-file", "blob", object]);
  return code === 0 && out.length <= MAX_FILE ? out.toString("utf8") : undefined;
}

/** Addresses of the remotes, as the clone has them. */
export async function remoteUrls(repository: GitRepository): Promise<string[]> {
  const { out } = await runGit(repository, [
    "config",
    "--get-regexp",
    "^remote\\..*\\.(push)?url$",
  ]);
  return out
    .toString("utf8")
    .split("\n")
    .flatMap((line) => line.split(" ").slice(1, 2))
    .filter(Boolean);
}

/** Files of a commit, or of the index, in which a text stands. */
export async function filesWith(
  repository: GitRepository,
  head: string | "staged",
  text: string,
): Promise<{ path: string; text: string }[]> {
  const where = head === "staged" ? ["--cached"] : [];
  const words = [
    "grep",
    "-I",
    "-l",
    "-z",
    "-F",
    ...where,
    "-e",
    text,
    ...(head === "staged" ? [] : [head]),
  ];
  const { out } = await runGit(repository, words);
  const prefix = head === "staged" ? "" : `${head}:`;
  const paths = out.toString("utf8").split("\0").filter(Boolean).slice(0, 200);
  const names = paths.map((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path));
  const objects = names.map((name) => (head === "staged" ? `:${name}` : `${head}:${name}`));
  const found: { path: string; text: string }[] = [];
  for (const [index, object] of objects.entries()) {
    const { code, out: content } = await runGit(repository, ["cat-file", "blob", object]);
    if (code !== 0 || content.length > 1_000_000) continue;
    found.push({ path: names[index] ?? "", text: content.toString("utf8") });
  }
  return found;
}
