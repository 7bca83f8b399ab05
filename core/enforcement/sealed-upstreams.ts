import { sealedColumn } from "#core/org/reseal.ts";
import { upstreamSubject } from "./upstreams.ts";

/** The provider keys that the gateway calls with. */
export const UPSTREAM_SECRETS = sealedColumn({
  said: "keys of the gateway's providers",
  table: "gateway_upstream",
  column: "sealed_secret",
  about: upstreamSubject,
});
