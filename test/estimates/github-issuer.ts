import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** An issuer of workflow tokens on loopback, which signs as GitHub's does. */
export interface Issuer {
  readonly url: string;
  readonly keysUrl: string;
  /** How often its keys were asked for. */
  asked(): number;
  /** A token of a run on a pull request, unless told otherwise. */
  token(claims?: Record<string, unknown>, options?: TokenOptions): Promise<string>;
  /** Answers no more. */
  close(): Promise<void>;
}

export interface TokenOptions {
  /** Seconds before `now` at which it was given out. */
  readonly age?: number;
  readonly lifetime?: number;
  readonly foreignKey?: boolean;
}

export const AUDIENCE = "https://aispend.example.com";

export async function startIssuer(now: Date): Promise<Issuer> {
  const own = await generateKeyPair("RS256");
  const foreign = await generateKeyPair("RS256");
  const key = { ...(await exportJWK(own.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  let asked = 0;
  let tokens = 0;
  const server = createServer((request, response) => {
    if (request.url !== "/.well-known/jwks") {
      response.writeHead(404).end();
      return;
    }
    asked += 1;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ keys: [key] }));
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    keysUrl: `${url}/.well-known/jwks`,
    asked: () => asked,
    token: async (claims = {}, { age = 30, lifetime = 300, foreignKey = false } = {}) => {
      tokens += 1;
      const issued = Math.floor(now.getTime() / 1000) - age;
      return new SignJWT({
        iss: url,
        aud: AUDIENCE,
        jti: `token-${tokens}`,
        sub: "repo:acme/shop:pull_request",
        repository: "acme/shop",
        repository_id: "4711",
        repository_owner: "acme",
        event_name: "pull_request",
        ref: "refs/pull/812/merge",
        iat: issued,
        nbf: issued - 5,
        exp: issued + lifetime,
        ...claims,
      })
        .setProtectedHeader({ alg: "RS256", kid: "k1", typ: "JWT" })
        .sign(foreignKey ? foreign.privateKey : own.privateKey);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
