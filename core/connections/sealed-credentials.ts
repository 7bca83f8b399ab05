import { sealedColumn } from "#core/org/reseal.ts";
import { aboutCredential } from "./service.ts";

/** The read-only keys of connected sources. */
export const CONNECTION_CREDENTIALS = sealedColumn({
  said: "keys of connected sources",
  table: "connection",
  column: "credential",
  about: aboutCredential,
});
