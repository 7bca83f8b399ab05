import type { Pool } from "pg";
import type { AuditRecord } from "#core/audit/entry.ts";
import type { Db } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { invariant } from "#core/errors.ts";
import {
  type ChannelFor,
  type ChannelRow,
  findNearestChannel,
  listChannels,
} from "./channel-store.ts";
import { channelText } from "./channel-text.ts";
import { channelKey, type OrganisationState, SETTINGS } from "./file/state.ts";
import { requirePermission } from "./permission.ts";
import { loadRoster } from "./roster.ts";
import { changeOrganisation } from "./service.ts";

/** A room of chat as the outbox names it, and the scope and kind of message that it was set for. */
export type Channel = ChannelRow;
export type { ChannelFor };

/**
 * The one place that says where unasked messages of a kind about a scope go: to the scope's own channel
 * for the kind, else to its own for any, else by its nearest ancestor that has either. So a team that
 * chose a room is not diverted by its organisation. Undefined where nobody set one. Ports refuse a room
 * that another company reads, at the moment of delivery.
 */
export function findChannel(
  db: Db,
  of: { orgId: number; scopeId: number; kind: ChannelFor },
): Promise<Channel | undefined> {
  return findNearestChannel(db, of);
}

/** Every scope with a channel of its own for the kind, its own or any; 0 is the organisation. */
export async function channelsByScope(
  db: Db,
  of: { orgId: number; kind: ChannelFor },
): Promise<Map<number, Channel>> {
  const able = (await listChannels(db, of.orgId)).filter(
    ({ kind }) => kind === of.kind || kind === "any",
  );
  // What is set last stands: the kind's own, behind any.
  const anyFirst = able.toSorted((a, b) => Number(a.kind !== "any") - Number(b.kind !== "any"));
  return new Map(anyFirst.map((row) => [row.scopeId, row]));
}

/** Every channel that was set, by scope and kind. */
export function listOwnChannels(db: Db, orgId: number): Promise<Channel[]> {
  return listChannels(db, orgId);
}

export interface SetChannel {
  readonly orgId: number;
  readonly scopeId: number;
  readonly kind: ChannelFor;
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
  const { orgId, scopeId, kind, to, by, now } = request;
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
        const channel = to === undefined ? null : channelText(to);
        return kind === "any"
          ? withChannel(state, path, channel)
          : withKindChannel(state, channelKey(path, kind), channel);
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

function withKindChannel(
  state: OrganisationState,
  key: string,
  channel: string | null,
): OrganisationState {
  const channels = new Map(state.channels);
  if (channel === null) channels.delete(key);
  else channels.set(key, { channel });
  return { ...state, channels };
}
