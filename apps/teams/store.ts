import type { Db } from "#core/db/db.ts";
import { Conversation } from "./schema.ts";

const COLUMNS = `org_id as "orgId", conversation_id as "conversationId", kind,
  tenant_id as "tenantId", service_url as "serviceUrl", bot_id as "botId", team_id as "teamId",
  aad_object_id as "aadObjectId"`;

/**
 * Keeps a conversation, or brings it back; writes nothing when all is known already, nor for the
 * personal chat of an account that is linked to nobody.
 */
export async function recordConversation(
  db: Db,
  args: Conversation & { now: Date },
): Promise<void> {
  await db.query(
    `insert into teams_conversation as kept (org_id, conversation_id, kind, tenant_id, service_url,
       bot_id, team_id, aad_object_id, updated_at)
     select $1::int, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz
     where $8::text is null or exists (select from account_link l where l.org_id = $1
       and l.surface = 'teams' and l.workspace = $4 and l.account = $8)
     on conflict (org_id, conversation_id) do update set
       kind = excluded.kind, tenant_id = excluded.tenant_id, service_url = excluded.service_url,
       bot_id = excluded.bot_id, team_id = coalesce(excluded.team_id, kept.team_id),
       aad_object_id = excluded.aad_object_id, removed_at = null, updated_at = excluded.updated_at
     where (kept.kind, kept.tenant_id, kept.service_url, kept.bot_id, kept.aad_object_id)
         is distinct from (excluded.kind, excluded.tenant_id, excluded.service_url,
           excluded.bot_id, excluded.aad_object_id)
       or (excluded.team_id is not null and excluded.team_id is distinct from kept.team_id)
       or kept.removed_at is not null`,
    [
      args.orgId,
      args.conversationId,
      args.kind,
      args.tenantId,
      args.serviceUrl,
      args.botId,
      args.teamId,
      args.aadObjectId,
      args.now,
    ],
  );
}

/** A conversation the bot is still in. */
export async function findConversation(
  db: Db,
  args: { orgId: number; conversationId: string },
): Promise<Conversation | undefined> {
  const found = await db.query(
    `select ${COLUMNS} from teams_conversation
     where org_id = $1 and conversation_id = $2 and removed_at is null`,
    [args.orgId, args.conversationId],
  );
  return found.rows.map((row) => Conversation.parse(row))[0];
}

/** The personal chat with an account; the newest where there were several. */
export async function findPersonal(
  db: Db,
  args: { orgId: number; aadObjectId: string },
): Promise<Conversation | undefined> {
  const found = await db.query(
    `select ${COLUMNS} from teams_conversation
     where org_id = $1 and aad_object_id = $2 and kind = 'personal' and removed_at is null
     order by updated_at desc, conversation_id limit 1`,
    [args.orgId, args.aadObjectId],
  );
  return found.rows.map((row) => Conversation.parse(row))[0];
}

/** Any conversation of the tenant: it tells the region and the bot's id, to open a chat with. */
export async function findAnyConversation(
  db: Db,
  args: { orgId: number },
): Promise<Conversation | undefined> {
  const found = await db.query(
    `select ${COLUMNS} from teams_conversation
     where org_id = $1 order by removed_at is null desc, updated_at desc, conversation_id limit 1`,
    [args.orgId],
  );
  return found.rows.map((row) => Conversation.parse(row))[0];
}

export async function removeConversation(
  db: Db,
  args: { orgId: number; conversationId: string; now: Date },
): Promise<void> {
  await db.query(
    `update teams_conversation set removed_at = $3, updated_at = $3
     where org_id = $1 and conversation_id = $2 and removed_at is null`,
    [args.orgId, args.conversationId, args.now],
  );
}

/** The bot was taken out of a team, and so out of all its channels. */
export async function removeTeam(
  db: Db,
  args: { orgId: number; teamId: string; now: Date },
): Promise<void> {
  await db.query(
    `update teams_conversation set removed_at = $3, updated_at = $3
     where org_id = $1 and team_id = $2 and removed_at is null`,
    [args.orgId, args.teamId, args.now],
  );
}
