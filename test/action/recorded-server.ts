import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** Text of each file of a tree. */
export type Tree = Readonly<Record<string, string>>;

export interface RecordedServer {
  readonly url: string;
  /** "GET /repos/..." of every request. */
  readonly calls: string[];
  /** A status instead of an answer. */
  refuse: (call: string) => number | undefined;
  close(): Promise<void>;
}

/**
 * Records what is asked, answers GraphQL and the list of a pull request's files itself, and passes the
 * rest to the emulator.
 */
export async function recordGitHub(emulatorUrl: string, state: PullState): Promise<RecordedServer> {
  const calls: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const call = `${request.method} ${request.url}`;
    calls.push(call);
    response.setHeader("content-type", "application/json");
    const refused = recorded.refuse(call);
    if (refused !== undefined) {
      response.statusCode = refused;
      response.end(JSON.stringify({ message: "refused" }));
    } else if (request.url === "/graphql") {
      response.end(JSON.stringify(graphql(body, state)));
    } else if (/\/pulls\/\d+\/files/.test(request.url ?? "")) {
      const { trees, baseSha, headSha } = state;
      pageOfFiles(request, response, trees.get(baseSha) ?? {}, trees.get(headSha) ?? {});
    } else await pass(request, response, body, emulatorUrl);
  };
  const server = createServer((request, response) => {
    void answer(request, response).catch((error) => {
      response.statusCode = 500;
      response.end(JSON.stringify({ message: String(error) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const recorded: RecordedServer = {
    url: `http://127.0.0.1:${port}`,
    calls,
    refuse: () => undefined,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return recorded;
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  emulatorUrl: string,
): Promise<void> {
  const { method = "GET", url = "/", headers } = request;
  const passed = await fetch(`${emulatorUrl}${url}`, {
    method,
    headers: { authorization: headers.authorization ?? "", "content-type": "application/json" },
    ...(body === "" ? {} : { body }),
  });
  response.statusCode = passed.status;
  const link = passed.headers.get("link");
  const own = `http://${headers.host}`;
  if (link !== null) response.setHeader("link", link.replaceAll(emulatorUrl, own));
  response.end(await passed.text());
}

/** What the emulator does not have of a pull request. */
export interface PullState {
  readonly visibility: string;
  readonly trees: Map<string, Tree>;
  readonly baseSha: string;
  readonly headSha: string;
}

/** `alias: object(expression: $variable)` of a commit and a path, visibility and viewer. */
function graphql(body: string, state: PullState): unknown {
  const { query, variables } = z
    .object({ query: z.string(), variables: z.record(z.string(), z.string()) })
    .parse(JSON.parse(body));
  const repository: Record<string, unknown> = {};
  if (query.includes("visibility")) repository.visibility = state.visibility.toUpperCase();
  for (const [, alias = "", variable = ""] of query.matchAll(
    /(\w+): object\(expression: \$(\w+)\)/g,
  )) {
    const expression = variables[variable] ?? "";
    const cut = expression.indexOf(":");
    const commit = expression.slice(0, cut);
    const tree = state.trees.get(commit === "HEAD" ? state.baseSha : commit);
    const text = tree?.[expression.slice(cut + 1)];
    repository[alias] =
      text === undefined
        ? null
        : {
            __typename: "Blob",
            oid: "0".repeat(40),
            byteSize: text.length,
            isBinary: false,
            isTruncated: false,
            text,
          };
  }
  return { data: { viewer: { login: "github-actions[bot]" }, repository } };
}

function pageOfFiles(
  request: IncomingMessage,
  response: ServerResponse,
  base: Tree,
  head: Tree,
): void {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  const size = Number(url.searchParams.get("per_page") ?? 30);
  const page = Number(url.searchParams.get("page") ?? 1);
  const all = [...new Set([...Object.keys(base), ...Object.keys(head)])]
    .filter((path) => base[path] !== head[path])
    .sort()
    .map((filename) => ({
      filename,
      status:
        base[filename] === undefined
          ? "added"
          : head[filename] === undefined
            ? "removed"
            : "modified",
      sha: "0".repeat(40),
      changes: 1,
    }));
  if (all.length > page * size) {
    url.searchParams.set("page", String(page + 1));
    response.setHeader("link", `<${url.href}>; rel="next"`);
  }
  response.end(JSON.stringify(all.slice((page - 1) * size, page * size)));
}
