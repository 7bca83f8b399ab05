import { sealedColumn } from "#core/org/reseal.ts";
import { aboutGateway } from "./key-gateway.ts";

/** The admin keys of gateways that are driven. */
export const GATEWAY_CREDENTIALS = sealedColumn({
  said: "keys of driven gateways",
  table: "key_gateway",
  column: "credential",
  about: aboutGateway,
});
