import { z } from "zod";
import { invariant } from "#core/errors.ts";
import type { KeyDriver, ObservedKey } from "#core/keys/driver.ts";
import { type AdminClient, cannot } from "./admin-client.ts";

const ApiKey = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  status: z.enum(["active", "inactive", "archived", "expired"]),
  expires_at: z.string().nullish(),
});
const Page = z.looseObject({
  data: z.array(ApiKey),
  has_more: z.boolean().nullish(),
  last_id: z.string().nullish(),
});
const PAGES = 1_000;

function observed(key: z.infer<typeof ApiKey>): ObservedKey {
  return {
    externalId: key.id,
    name: key.name ?? undefined,
    capAmount: null,
    models: null,
    blocked: key.status !== "active",
    expiresAt: key.expires_at ? new Date(key.expires_at) : undefined,
    spent: null,
  };
}

const MAKE_IT =
  "Make it in the Anthropic Console, or ask for a key of aispend's gateway: key request";

/** Anthropic's admin API lists keys and switches them; it has no call that makes one. */
export function anthropicDriver(client: AdminClient): KeyDriver {
  const at = (id: string) => `/v1/organizations/api_keys/${encodeURIComponent(id)}`;
  const read = async (id: string) => {
    const found = await client.ask(at(id), ApiKey, { method: "GET", absent: [404] });
    return found && observed(found);
  };
  const set = async (id: string, status: "active" | "inactive"): Promise<ObservedKey> => {
    await client.ask(at(id), ApiKey, { method: "POST", body: { status } });
    const there = await read(id);
    invariant(there !== undefined, "a key that was switched is there");
    return there;
  };
  return {
    kind: "anthropic",
    title: "Anthropic",
    enforcement: "observe",
    enforcementSaid: "nothing holds a single key; it can be deactivated",
    blockIsFinal: false,
    create: async () => {
      throw cannot("Anthropic", "make a key by its API", MAKE_IT);
    },
    async list() {
      const found = new Map<string, ObservedKey>();
      let after = "";
      for (let page = 0; page < PAGES; page += 1) {
        const more = after === "" ? "" : `&after_id=${encodeURIComponent(after)}`;
        const path = `/v1/organizations/api_keys?limit=100${more}`;
        const listed = await client.ask(path, Page, { method: "GET" });
        for (const one of listed?.data ?? []) found.set(one.id, observed(one));
        const last = listed?.last_id ?? "";
        if (listed?.has_more !== true || last === "" || last === after) break;
        after = last;
      }
      return [...found.values()];
    },
    read,
    setBudget: async () => {
      throw cannot(
        "Anthropic",
        "cap a single key",
        "Let its traffic go through aispend's gateway.",
      );
    },
    block: (id) => set(id, "inactive"),
    unblock: (id) => set(id, "active"),
    regenerate: async () => {
      throw cannot("Anthropic", "make a new secret by its API", MAKE_IT);
    },
    check: async () => [
      {
        said: "a single key has no limit there; only the workspace has one",
        help: "For a cap that holds, let the key go through aispend's gateway.",
      },
    ],
  };
}
