import { z } from "zod";
import type { TwoSides } from "#core/estimates/base-files.ts";
import { REPOSITORY_FILE, SNAPSHOT_FILE } from "#core/estimates/repository-file.ts";
import { type GitHub, statusOf } from "./github.ts";

/** One file of one commit. */
export interface BlobRequest {
  readonly commit: string;
  readonly path: string;
}

const Blob = z.object({
  __typename: z.string(),
  oid: z.string(),
  byteSize: z.int().optional(),
  isBinary: z.boolean().nullish(),
  isTruncated: z.boolean().optional(),
  text: z.string().nullish(),
});
export type Blob = z.infer<typeof Blob>;

const FIELDS = "__typename oid ... on Blob { byteSize isBinary isTruncated text }";
export const BLOBS_A_QUERY = 50;

const Answer = z.object({
  viewer: z.object({ login: z.string() }).nullish(),
  repository: z.record(z.string(), z.unknown()).nullable(),
});

/** Up to 50 files in one query. What is not there is null. */
export async function readBlobs(
  { octokit, owner, repo }: GitHub,
  requests: readonly BlobRequest[],
): Promise<(Blob | undefined)[]> {
  const names = requests.map((_, index) => `$e${index}: String!`).join(", ");
  const fields = requests
    .map((_, index) => `b${index}: object(expression: $e${index}) { ${FIELDS} }`)
    .join("\n");
  const query = `query($owner: String!, $repo: String!, ${names}) {
    repository(owner: $owner, name: $repo) { ${fields} }
  }`;
  const expressions = Object.fromEntries(
    requests.map(({ commit, path }, index) => [`e${index}`, `${commit}:${path}`]),
  );
  const answer = Answer.parse(await octokit.graphql(query, { owner, repo, ...expressions }));
  return requests.map((_, index) => {
    const found = Blob.nullable().safeParse(answer.repository?.[`b${index}`] ?? null);
    return found.success ? (found.data ?? undefined) : undefined;
  });
}

/** The base tip and the head of a pull request. */
export interface Sides {
  readonly base: string;
  readonly head: string;
}

export interface Surroundings {
  readonly visibility: "private" | "public" | "unknown";
  /** Whose comments are ours. */
  readonly author: string;
  /** The two files that say what holds here, on both sides. */
  readonly file: TwoSides;
  readonly usage: TwoSides;
}

const DEFAULT_AUTHOR = "github-actions[bot]";

function visibilityOf(said: unknown): Surroundings["visibility"] {
  const word = String(said).toLowerCase();
  if (word === "private" || word === "internal") return "private";
  return word === "public" ? "public" : "unknown";
}

/** Visibility, the token's own login, and two files of both sides, in one query. */
export async function readSurroundings(github: GitHub, sides: Sides): Promise<Surroundings> {
  const { octokit, owner, repo } = github;
  const names = ["a", "b", "c", "d"].map((name) => `$${name}: String!`).join(", ");
  const query = `query($owner: String!, $repo: String!, ${names}) {
    viewer { login }
    repository(owner: $owner, name: $repo) {
      visibility
      a: object(expression: $a) { ${FIELDS} }
      b: object(expression: $b) { ${FIELDS} }
      c: object(expression: $c) { ${FIELDS} }
      d: object(expression: $d) { ${FIELDS} }
    }
  }`;
  const { base, head } = sides;
  const answer = Answer.parse(
    await octokit.graphql(query, {
      owner,
      repo,
      a: `${base}:${REPOSITORY_FILE}`,
      b: `${head}:${REPOSITORY_FILE}`,
      c: `${base}:${SNAPSHOT_FILE}`,
      d: `${head}:${SNAPSHOT_FILE}`,
    }),
  );
  const textOf = async (name: string): Promise<string | undefined> => {
    const blob = Blob.safeParse(answer.repository?.[name]).data;
    if (blob?.isTruncated === true) return decoded(await readBlob(github, blob.oid));
    return blob?.text ?? undefined;
  };
  return {
    visibility: visibilityOf(answer.repository?.visibility),
    author: answer.viewer?.login ?? DEFAULT_AUTHOR,
    file: { base: await textOf("a"), head: await textOf("b") },
    usage: { base: await textOf("c"), head: await textOf("d") },
  };
}

/** Whose repository it is, who the token is, and the file of its default branch. */
export async function readIdentity({
  octokit,
  owner,
  repo,
}: GitHub): Promise<
  Pick<Surroundings, "visibility" | "author"> & { readonly file: string | undefined }
> {
  const query = `query($owner: String!, $repo: String!, $file: String!) {
    viewer { login }
    repository(owner: $owner, name: $repo) {
      visibility file: object(expression: $file) { ${FIELDS} }
    }
  }`;
  const file = `HEAD:${REPOSITORY_FILE}`;
  const answer = Answer.parse(await octokit.graphql(query, { owner, repo, file }));
  return {
    visibility: visibilityOf(answer.repository?.visibility),
    author: answer.viewer?.login ?? DEFAULT_AUTHOR,
    file: Blob.safeParse(answer.repository?.file).data?.text ?? undefined,
  };
}

function decoded(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** The same over REST, where GraphQL cannot be reached. */
export async function readSurroundingsByRest(
  github: GitHub,
  { base, head }: Sides,
): Promise<Surroundings> {
  const { octokit, owner, repo } = github;
  const { data } = await octokit.rest.repos.get({ owner, repo });
  const textOf = async (commit: string, path: string): Promise<string | undefined> =>
    decoded(await readContents(github, { commit, path }));
  return {
    visibility: visibilityOf(data.visibility ?? (data.private ? "private" : "unknown")),
    author: DEFAULT_AUTHOR,
    file: { base: await textOf(base, REPOSITORY_FILE), head: await textOf(head, REPOSITORY_FILE) },
    usage: { base: await textOf(base, SNAPSHOT_FILE), head: await textOf(head, SNAPSHOT_FILE) },
  };
}

/** A blob by its id, to 100 MB: for what GraphQL cuts short or takes for binary. */
export async function readBlob({ octokit, owner, repo }: GitHub, oid: string): Promise<Uint8Array> {
  const { data } = await octokit.rest.git.getBlob({ owner, repo, file_sha: oid });
  return Buffer.from(data.content, data.encoding === "base64" ? "base64" : "utf8");
}

/** A file by its path, or undefined where there is none. */
export async function readContents(
  { octokit, owner, repo }: GitHub,
  { commit, path }: BlobRequest,
): Promise<Uint8Array | undefined> {
  try {
    const { data } = await octokit.rest.repos.getContent({ owner, repo, path, ref: commit });
    if (Array.isArray(data) || data.type !== "file") return undefined;
    return Buffer.from(data.content, "base64");
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
