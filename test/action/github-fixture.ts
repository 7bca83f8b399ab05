import { createServer } from "node:http";
import net, { type AddressInfo } from "node:net";
import { createEmulator, type Emulator } from "emulate";
import { z } from "zod";
import { type PullState, type RecordedServer, recordGitHub, type Tree } from "./recorded-server.ts";

export interface Repository {
  readonly base: Tree;
  readonly head: Tree;
  readonly visibility?: "private" | "public";
}

export interface GitHubFixture {
  readonly server: RecordedServer;
  readonly repository: string;
  readonly number: number;
  readonly baseSha: string;
  readonly headSha: string;
  comments(): Promise<{ id: number; body: string; login: string }[]>;
  comment(body: string, login?: string): Promise<void>;
  label(name: string): Promise<void>;
  approve(login: string): Promise<void>;
  /** The pull request as an event names it. */
  event(over?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Pushes nothing: what a later run finds. */
  setHead(head: Tree): void;
  close(): Promise<void>;
}

const OWNER = "octo";
const BOT = "github-actions[bot]";
const REVIEWER = "reviewer";
const NAME = "shop";
const TOKENS = { bot: BOT, owner: OWNER, reviewer: REVIEWER } as const;

const Sha = z.object({ sha: z.string() });
const Pull = z.looseObject({ number: z.int(), base: z.looseObject({}), head: z.looseObject({}) });
const Comment = z.object({ id: z.int(), body: z.string(), user: z.object({ login: z.string() }) });

/** The emulator listens on all interfaces: it is held to this machine. */
async function startEmulator(visibility: "private" | "public"): Promise<Emulator> {
  const port = await freePort();
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (this: net.Server, ...given: unknown[]) {
    const done = given.findLast((one) => typeof one === "function");
    return Reflect.apply(listen, this, [port, "127.0.0.1", done]);
  };
  const logins = Object.entries(TOKENS);
  try {
    return await createEmulator({
      service: "github",
      port,
      baseUrl: `http://127.0.0.1:${port}`,
      seed: {
        tokens: Object.fromEntries(
          logins.map(([token, login]) => [token, { login, scopes: ["repo"] }]),
        ),
        github: {
          users: logins.map(([, login]) => ({ login })),
          repos: [{ owner: OWNER, name: NAME, private: visibility === "private" }],
        },
      },
    });
  } finally {
    net.Server.prototype.listen = listen;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

type Api = (token: string, method: string, path: string, body?: unknown) => Promise<unknown>;

function apiOf(emulatorUrl: string): Api {
  return async (token, method, path, body) => {
    const response = await fetch(`${emulatorUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response.json();
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  };
}

const AT = `/repos/${OWNER}/${NAME}`;

async function commitTree(api: Api, tree: Tree, parent: string, message: string): Promise<string> {
  const entries = Object.entries(tree).map(([path, content]) => {
    return { path, mode: "100644", type: "blob", content };
  });
  const made = Sha.parse(await api("owner", "POST", `${AT}/git/trees`, { tree: entries }));
  const commit = { message, tree: made.sha, parents: [parent] };
  return Sha.parse(await api("owner", "POST", `${AT}/git/commits`, commit)).sha;
}

/** The branch `change` of two commits, and its pull request. */
async function openPull(
  api: Api,
  { base, head }: Repository,
): Promise<Omit<PullState, "visibility"> & { number: number }> {
  for (const login of [BOT, REVIEWER]) {
    await api("owner", "PUT", `${AT}/collaborators/${login}`, { permission: "push" });
  }
  const main = Sha.parse(await api("owner", "GET", `${AT}/commits/main`)).sha;
  const baseSha = await commitTree(api, base, main, "base");
  await api("owner", "PATCH", `${AT}/git/refs/heads/main`, { sha: baseSha, force: true });
  const headSha = await commitTree(api, head, baseSha, "head");
  await api("owner", "POST", `${AT}/git/refs`, { ref: "refs/heads/change", sha: headSha });
  const made = await api("owner", "POST", `${AT}/pulls`, {
    title: "Change",
    head: "change",
    base: "main",
  });
  const trees = new Map([
    [baseSha, base],
    [headSha, head],
  ]);
  return { trees, baseSha, headSha, number: Pull.parse(made).number };
}

function tokenOf(login: string): string {
  return Object.entries(TOKENS).find(([, one]) => one === login)?.[0] ?? "owner";
}

/** The emulator's GitHub on loopback, with a pull request, behind a server that records. */
export async function startGitHub(repository: Repository): Promise<GitHubFixture> {
  const visibility = repository.visibility ?? "private";
  const emulator = await startEmulator(visibility);
  const api = apiOf(emulator.url);
  const state = { ...(await openPull(api, repository)), visibility };
  const server = await recordGitHub(emulator.url, state);
  const { number, baseSha, headSha } = state;
  return {
    server,
    repository: `${OWNER}/${NAME}`,
    number,
    baseSha,
    headSha,
    setHead: (tree) => {
      state.trees.set(headSha, tree);
    },
    comments: async () => {
      const found = await api("owner", "GET", `${AT}/issues/${number}/comments?per_page=100`);
      const comments = z.array(Comment).parse(found);
      return comments.map(({ id, body, user }) => ({ id, body, login: user.login }));
    },
    comment: async (body, login = OWNER) => {
      await api(tokenOf(login), "POST", `${AT}/issues/${number}/comments`, { body });
    },
    label: async (name) => {
      await api("owner", "POST", `${AT}/issues/${number}/labels`, { labels: [name] });
    },
    approve: async (login) => {
      const review = { event: "APPROVE", commit_id: headSha };
      await api(tokenOf(login), "POST", `${AT}/pulls/${number}/reviews`, review);
    },
    event: async (over = {}) => {
      const pull = Pull.parse(await api("owner", "GET", `${AT}/pulls/${number}`));
      const repo = { full_name: `${OWNER}/${NAME}`, name: NAME, owner: { login: OWNER } };
      return { action: "synchronize", pull_request: pull, repository: repo, ...over };
    },
    close: async () => {
      await server.close();
      await emulator.close();
    },
  };
}
