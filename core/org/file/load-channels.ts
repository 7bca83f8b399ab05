import type { Db } from "#core/db/db.ts";
import { listChannels } from "../channel-store.ts";
import { channelText } from "../channel-text.ts";
import { channelKey, type OrganisationState } from "./state.ts";

/** The rooms of chat as the organisation's records name them. */
export interface LoadedChannels {
  /** What goes to a scope's channel where its kind has none of its own; null: no channel. */
  readonly ofScope: (scopeId: number) => string | null;
  readonly byKind: OrganisationState["channels"];
}

export async function loadChannels(
  db: Db,
  orgId: number,
  path: (scopeId: number) => string,
): Promise<LoadedChannels> {
  const ofAny = new Map<number, string>();
  const byKind = new Map<string, { channel: string }>();
  for (const { scopeId, kind, ...name } of await listChannels(db, orgId)) {
    const channel = channelText(name);
    if (kind === "any") ofAny.set(scopeId, channel);
    else byKind.set(channelKey(path(scopeId), kind), { channel });
  }
  return { ofScope: (scopeId) => ofAny.get(scopeId) ?? null, byKind };
}
