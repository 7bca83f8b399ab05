import { z } from "zod";
import { invariant } from "#core/errors.ts";
import type { CreatedKey, KeyDriver, ObservedKey } from "#core/keys/driver.ts";
import { type AdminClient, cannot } from "./admin-client.ts";

const Account = z.looseObject({ id: z.string(), name: z.string().nullish() });
const Made = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  api_key: z.looseObject({ id: z.string(), value: z.string() }),
});
const Page = z.looseObject({
  data: z.array(Account),
  has_more: z.boolean().nullish(),
  last_id: z.string().nullish(),
});
const Deleted = z.looseObject({ deleted: z.boolean().nullish() });
const PAGES = 1_000;

function observed({ id, name }: z.infer<typeof Account>): ObservedKey {
  return {
    externalId: id,
    name: name ?? undefined,
    capAmount: null,
    models: null,
    blocked: false,
    expiresAt: null,
    spent: null,
  };
}

/**
 * A project of OpenAI: one service account is one key. OpenAI has neither caps nor models nor an
 * end for a single key; the project's own limit is not immediate. So the class is soft, and a
 * block is a deletion.
 */
export function openaiDriver(client: AdminClient, projectId: string): KeyDriver {
  const base = `/v1/organization/projects/${encodeURIComponent(projectId)}/service_accounts`;
  const at = (id: string) => `${base}/${encodeURIComponent(id)}`;
  const read = async (id: string) => {
    const found = await client.ask(at(id), Account, { method: "GET", absent: [404] });
    return found && observed(found);
  };
  const make = async (name: string): Promise<CreatedKey> => {
    const made = await client.ask(base, Made, { method: "POST", body: { name } });
    invariant(made !== undefined, "what was made is never absent");
    const there = await read(made.id);
    return { secret: made.api_key.value, observed: there ?? observed(made) };
  };
  const list = async (): Promise<ObservedKey[]> => {
    const found = new Map<string, ObservedKey>();
    let after = "";
    for (let page = 0; page < PAGES; page += 1) {
      const path = `${base}?limit=100${after === "" ? "" : `&after=${encodeURIComponent(after)}`}`;
      const listed = await client.ask(path, Page, { method: "GET" });
      for (const one of listed?.data ?? []) found.set(one.id, observed(one));
      const last = listed?.last_id ?? listed?.data.at(-1)?.id ?? "";
      // A cursor that repeats would go on for ever.
      if (listed?.has_more !== true || last === "" || last === after) break;
      after = last;
    }
    return [...found.values()];
  };
  return {
    kind: "openai",
    title: "OpenAI",
    enforcement: "soft",
    enforcementSaid: "only the project's own limit, which is not immediate",
    blockIsFinal: true,
    create: ({ name }) => make(name),
    list,
    read,
    setBudget: async () => {
      throw cannot(
        "OpenAI",
        "cap a single key",
        "Give it a project of its own and set that project's limit, or use aispend's gateway.",
      );
    },
    async block(id) {
      // There is no switch: deleting the account ends its key for good.
      const before = await read(id);
      await client.ask(at(id), Deleted, { method: "DELETE", absent: [404] });
      const after = await read(id);
      const gone = before ?? observed({ id, name: undefined });
      return { ...gone, blocked: after === undefined };
    },
    unblock: async () => {
      throw cannot("OpenAI", "bring a deleted service account back", "Make a new key.");
    },
    async regenerate(id, overlapHours) {
      const before = await read(id);
      const made = await make(before?.name ?? "aispend");
      if (overlapHours === 0)
        await client.ask(at(id), Deleted, { method: "DELETE", absent: [404] });
      return made;
    },
    check: async () => [
      {
        said: "its limit of a project is checked after the fact",
        help: "For a cap that holds, let the key go through aispend's gateway.",
      },
    ],
  };
}
