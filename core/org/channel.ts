import type { Pool } from "pg";
import type { AuditRecord } from "#core/audit/entry.ts";
import type { Db } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { invariant } from "#core/errors.ts";
import { type ChannelRow, findNearestChannel, listChannels } from "./channel-store.ts";
import { channelText } from "./channel-text.ts";
import { requirePermission } from "./permission.ts";
import { loadRoster } from "./roster.ts";
import { changeOrganisation } from "./service.ts";
import { type OrganisationState, SETTINGS } from "./state.ts";

/** A room of chat as the outbox names it, and the scope that it was set for. */
export type Channel = ChannelRow;

/**
 * Where unasked messages about a scope go: its own channel, else its nearest ancestor's; undefined where
 * nobody set one. Ports refuse a room that another company reads, at the moment of delivery.
 */
export function findChannel(
  db: Db,
  of: { orgId: number; scopeId: number },
): Promise<Channel | undefined> {
  return findNearestChannel(db, of);
}

/** Every channel that was set, by scope; 0 is the organisation. */
export async function channelsByScope(db: Db, orgId: number): Promise<Map<number, Channel>> {
  return new Map((await listChannels(db, orgId)).map((row) => [row.scopeId, row]));
}

export interface SetChannel {
  readonly orgId: number;
  readonly scopeId: number;
  /** Undefined: none of its own any more. */
  readonly to: { readonly surface: "slack" | "teams"; readonly destination: string } | undefined;
  readonly by: Pick<AuditRecord, "actorAccount" | "surface"> & { readonly personId: number };
  readonly now: Date;
}

/**
 * Sets the channel of a scope from chat: for its R or A of attributing spend. It is chat's from then on,
 * as any value set there. Returns whether anything changed. Throws `not_permitted`.
 */
export function setChannel(pool: Pool, request: SetChannel): Promise<boolean> {
  const { orgId, scopeId, to, by, now } = request;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    requirePermission(roster, by.personId, { action: "set_channel", scopeId, now });
    const plan = await changeOrganisation(tx, {
      orgId,
      now,
      by: { actor: by.personId, actorAccount: by.actorAccount, surface: by.surface },
      edit: (state, current) => {
        const path = [...current.ids.scopes].find(([, id]) => id === scopeId)?.[0];
        invariant(path !== undefined, `scope ${scopeId} is in the roster`);
        return withChannel(state, path, to === undefined ? null : channelText(to));
      },
    });
    return plan.changes.length > 0;
  });
}

function withChannel(
  state: OrganisationState,
  path: string,
  channel: string | null,
): OrganisationState {
  if (path === "") {
    const settings = state.settings.get(SETTINGS);
    invariant(settings !== undefined, "an organisation has settings");
    return { ...state, settings: new Map([[SETTINGS, { ...settings, channel }]]) };
  }
  const scope = state.scopes.get(path);
  invariant(scope !== undefined, `${path} is a living scope`);
  return { ...state, scopes: new Map(state.scopes).set(path, { ...scope, channel }) };
}
