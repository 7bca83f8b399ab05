import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { tokenVerifier } from "#apps/server/estimates/github-token.ts";
import { createEstimatesRouter, type EstimatesLimits } from "#apps/server/estimates/router.ts";
import { createHttpApp } from "#apps/server/http.ts";
import { createLogger } from "#apps/server/log.ts";
import { createMetrics } from "#apps/server/metrics.ts";
import type { TestDatabase } from "#test/database/clone.ts";
import { AUDIENCE, type Issuer } from "./github-issuer.ts";

export interface EstimatesServer {
  readonly url: string;
  logged(): string;
  close(): Promise<void>;
}

/** The estimate routes behind the product's own app, on loopback. */
export async function startEstimates(
  { pool }: TestDatabase,
  issuer: Pick<Issuer, "url" | "keysUrl">,
  now: Date,
  limits: Partial<EstimatesLimits> = {},
): Promise<EstimatesServer> {
  let logged = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const log = createLogger("debug", sink);
  const clock = () => now;
  const verify = tokenVerifier(
    { issuer: issuer.url, keysUrl: issuer.keysUrl, audience: AUDIENCE },
    clock,
  );
  const router = createEstimatesRouter({ pool, clock, verify, log, limits });
  const app = createHttpApp({
    logger: log,
    metrics: createMetrics(),
    proxyHops: 0,
    notReady: async () => [],
    mount: (express) => express.use(router),
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    logged: () => logged,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
