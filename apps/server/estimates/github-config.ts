/** Whose tokens let a repository ask for its traffic; without an audience none do. */
export interface GitHubConfig {
  readonly audience: string;
  readonly issuer: string;
  readonly keysUrl: string;
}

const GITHUB = "https://token.actions.githubusercontent.com";

type Variable = "AISPEND_GITHUB_AUDIENCE" | "AISPEND_GITHUB_ISSUER" | "AISPEND_GITHUB_KEYS_URL";

interface Reader {
  readonly problems: string[];
  readonly any: (prefix: string) => boolean;
  readonly text: (name: Variable) => string | undefined;
  readonly url: (name: Variable, protocols: readonly string[]) => string | undefined;
}

/** Undefined where nothing of it is set: pull requests are then priced without the ledger. */
export function readGitHub(reader: Reader): GitHubConfig | undefined {
  if (!reader.any("AISPEND_GITHUB_")) return undefined;
  const audience = reader.text("AISPEND_GITHUB_AUDIENCE");
  if (audience === undefined) {
    reader.problems.push(
      "AISPEND_GITHUB_AUDIENCE is missing. Write this server's address as workflows know it.",
    );
  }
  // Plain HTTP is for an Enterprise Server behind one's own network, and for tests.
  const issuer = reader.url("AISPEND_GITHUB_ISSUER", ["https:", "http:"]) ?? GITHUB;
  const keysUrl = reader.url("AISPEND_GITHUB_KEYS_URL", ["https:", "http:"]);
  return {
    audience: audience ?? "",
    issuer,
    keysUrl: keysUrl ?? `${issuer.replace(/\/+$/, "")}/.well-known/jwks`,
  };
}
