import { z } from "zod";

/** Whether everybody may read what is pushed to the remotes of a clone. */
export type RemoteVisibility =
  | { readonly state: "private" }
  | { readonly state: "public" | "unknown"; readonly remote: string };

/** Hosts on which anybody can have a public repository; one's own host is one's own. */
const SHARED = new Set(["github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "git.sr.ht"]);

const TIMEOUT_MS = 4_000;
const Repository = z.looseObject({ private: z.boolean() });

/** "github.com" and "acme/shop" of an address, in every form git takes; undefined for a path. */
export function remoteOf(url: string): { host: string; name: string } | undefined {
  const found =
    /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+?)(?:\.git)?\/?$/i.exec(url) ??
    /^(?:[\w.-]+@)?([\w.-]+\.[a-z]+):(?!\/\/)(.+?)(?:\.git)?\/?$/i.exec(url);
  const [, host = "", name = ""] = found ?? [];
  return host === "" ? undefined : { host: host.toLowerCase().replace(/^www\./, ""), name };
}

/**
 * GitHub says without a login whether a repository is public; another shared host is not asked, and
 * whoever cannot be asked is unknown. The first remote that is not private decides.
 */
export async function remoteVisibility(
  urls: readonly string[],
  apiUrl: string,
): Promise<RemoteVisibility> {
  for (const url of new Set(urls)) {
    const remote = remoteOf(url);
    if (remote === undefined || !SHARED.has(remote.host)) continue;
    const shown = `${remote.host}/${remote.name}`;
    const state = remote.host === "github.com" ? await askGitHub(apiUrl, remote.name) : "unknown";
    if (state !== "private") return { state, remote: shown };
  }
  return { state: "private" };
}

async function askGitHub(apiUrl: string, name: string): Promise<RemoteVisibility["state"]> {
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(name)) return "unknown";
  let response: Response;
  try {
    response = await fetch(`${apiUrl.replace(/\/+$/, "")}/repos/${name}`, {
      headers: { accept: "application/vnd.github+json", "user-agent": "aispend" },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    // Offline: then nobody knows, and the caller says so.
    return "unknown";
  }
  if (response.status === 404) return "private";
  if (!response.ok) return "unknown";
  const read = Repository.safeParse(await response.json().catch(() => undefined));
  if (!read.success) return "unknown";
  return read.data.private ? "private" : "public";
}
