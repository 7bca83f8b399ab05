import { createServer } from "node:http";
import express from "express";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { z } from "zod";
import { createTeamsBot, type TeamsBotOptions } from "#apps/teams/bot.ts";
import type { TeamsSurface } from "#apps/teams/surface.ts";
import type { TestDatabase } from "#test/database/clone.ts";
import {
  type ConnectorServer,
  closed,
  type Delivery,
  type Member,
  portOf,
  startConnector,
} from "./connector-server.ts";
import { linkAccount } from "./link-account.ts";
import { type SmallBrain, smallBrain } from "./small-brain.ts";

export const TENANT = "11111111-2222-3333-4444-555555555555";
export const BOT = "28:aispend";
export const CHANNEL = "19:payments@thread.tacv2";
export const THREAD = `${CHANNEL};messageid=1700000000001`;
export const GROUP = "19:group@unq.gbl.spaces";
export const NOW = new Date("2026-11-22T09:00:00Z");

/** Ann is person 1, Ben is person 2, Una has no link, Gus is a guest. */
export const people = {
  ann: member("ann"),
  ben: member("ben"),
  una: member("una"),
  gus: { ...member("gus"), userRole: "guest", userPrincipalName: "gus_b.example#EXT#@a.example" },
};
const PERSON_IDS: Readonly<Record<string, number>> = { "ann@a.example": 1, "ben@a.example": 2 };

function member(name: string): Member {
  return {
    id: `29:${name}`,
    aadObjectId: `aad-${name}`,
    email: `${name}@a.example`,
    userPrincipalName: `${name}@a.example`,
    tenantId: TENANT,
    userRole: "user",
  };
}

export function personalChat(who: Member): string {
  return `a:chat-${who.aadObjectId}`;
}

export interface TeamsWorld {
  connector: ConnectorServer;
  brain: SmallBrain;
  surface: TeamsSurface;
  orgId: number;
  url: string;
  logged: string[];
  /** Posts an activity as Teams would and gives the HTTP answer. */
  post(activity: Record<string, unknown>): Promise<{ status: number; body: unknown }>;
  /** What the bot wrote since the last time this was asked. */
  written(): Delivery[];
}

/** The real bot on loopback, a connector that records, and an organisation. Call it at file level. */
export function useTeams(
  database: TestDatabase,
  options: Partial<TeamsBotOptions> & { teamsClient?: boolean } = {},
): () => TeamsWorld {
  const world: { current?: TeamsWorld; close?: () => Promise<void> } = {};
  beforeAll(async () => {
    const connector = await startConnector();
    const orgId = await addOrganization(database, "acme");
    await addOrganization(database, "other");
    for (const [personId, { aadObjectId }] of [
      [1, people.ann],
      [2, people.ben],
    ] as const) {
      await linkAccount(database.owner, { orgId, personId, tenantId: TENANT, aadObjectId });
    }
    const logged: string[] = [];
    const brain = smallBrain();
    const bot = createTeamsBot({
      credentials: { appType: "Playground" },
      production: false,
      brain,
      pool: database.pool,
      clock: () => NOW,
      log: pino({ level: "info" }, { write: (line: string) => void logged.push(line) }),
      resolveOrg: async (tenant) => (tenant === TENANT ? orgId : undefined),
      resolveAsker: async ({ account, email }) => ({
        personId: email === undefined ? undefined : PERSON_IDS[email],
        operator: false,
        account,
      }),
      mayUpload: (url) => url.hostname === "127.0.0.1",
      ...options,
    });
    if (options.teamsClient !== undefined) bot.surface.teamsClient = options.teamsClient;
    const app = express();
    app.use(bot.router);
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${portOf(server)}/api/messages`;
    let read = 0;
    world.current = {
      connector,
      brain,
      surface: bot.surface,
      orgId,
      url,
      logged,
      post: (activity) => post(url, activity),
      written: () => {
        const fresh = connector.deliveries.slice(read);
        read = connector.deliveries.length;
        return fresh;
      },
    };
    world.close = async () => {
      await closed(server);
      await connector.close();
    };
  });
  beforeEach(() => seatEverybody(get().connector));
  afterAll(() => world.close?.());
  const get = (): TeamsWorld => {
    if (world.current === undefined) throw new Error("the bot is there from beforeAll on");
    return world.current;
  };
  return get;
}

/** Everybody is in the channel and the group but Gus, who is only in a room of his own. */
function seatEverybody(connector: ConnectorServer): void {
  const { ann, ben, una, gus } = people;
  connector.rosters.set(CHANNEL, [ann, ben, una]);
  connector.rosters.set(GROUP, [ann, ben, una]);
  for (const one of [ann, ben, una, gus]) connector.rosters.set(personalChat(one), [one]);
}

async function addOrganization(database: TestDatabase, key: string): Promise<number> {
  const added = await database.owner.query(
    "insert into organization (key, name) values ($1, $1) returning id",
    [key],
  );
  return (
    z
      .array(z.object({ id: z.number() }))
      .min(1)
      .parse(added.rows)[0]?.id ?? 0
  );
}

export async function post(url: string, activity: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof activity === "string" ? activity : JSON.stringify(activity),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("application/json") === true;
  const body: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, body };
}

export type Room = { id: string; type: "personal" | "groupChat" | "channel"; team?: string };
export const ROOMS = {
  channel: { id: THREAD, type: "channel", team: "19:team@thread.tacv2" },
  group: { id: GROUP, type: "groupChat" },
} satisfies Record<string, Room>;

/** An activity as Teams sends it. */
export function activity(
  world: TeamsWorld,
  from: Member,
  room: Room,
  more: Record<string, unknown>,
): Record<string, unknown> {
  return {
    id: "1700000000009",
    channelId: "msteams",
    serviceUrl: world.connector.url,
    timestamp: NOW.toISOString(),
    from: { id: from.id, name: "somebody", aadObjectId: from.aadObjectId },
    recipient: { id: BOT, name: "aispend" },
    conversation: {
      id: room.id,
      conversationType: room.type,
      tenantId: TENANT,
      ...(room.type === "personal" ? {} : { isGroup: true }),
    },
    channelData: {
      tenant: { id: TENANT },
      ...(room.team === undefined ? {} : { team: { id: room.team }, channel: { id: CHANNEL } }),
    },
    ...more,
  };
}

export function alone(who: Member): Room {
  return { id: personalChat(who), type: "personal" };
}

export function message(world: TeamsWorld, from: Member, room: Room, text: string) {
  const mention = "<at>aispend</at>";
  const inRoom = room.type !== "personal";
  return activity(world, from, room, {
    type: "message",
    textFormat: "plain",
    text: inRoom ? `${mention} ${text}\n` : text,
    ...(inRoom
      ? { entities: [{ type: "mention", mentioned: { id: BOT, name: "aispend" }, text: mention }] }
      : {}),
  });
}

/** A press of a button: its data as the card carried it, and the inputs Teams adds. */
export function press(
  world: TeamsWorld,
  from: Member,
  room: Room,
  data: Record<string, unknown>,
  replyToId = "m-pressed",
) {
  return activity(world, from, room, {
    type: "invoke",
    name: "adaptiveCard/action",
    replyToId,
    value: { action: { type: "Action.Execute", verb: "x", data }, trigger: "manual" },
  });
}
