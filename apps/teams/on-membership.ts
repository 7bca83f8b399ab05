import { type Activity, conversationKind, withoutThread } from "./activity.ts";
import { beginTurn, findHome, keepConversation } from "./begin-turn.ts";
import { removeConversation, removeTeam } from "./store.ts";
import { answerMessage, ask, ownAudience, type TeamsSurface, textMessage } from "./surface.ts";

/** The app was added somewhere, or taken out. Only this event greets; Teams sends the others too. */
export async function onInstallation(surface: TeamsSurface, activity: Activity): Promise<void> {
  if (activity.action?.startsWith("remove") === true) return left(surface, activity);
  const home = await findHome(surface, activity);
  if (home === undefined) return;
  await keepConversation(surface, activity, home.orgId, home.place);
  if (activity.action !== "add") return;
  if (conversationKind(activity) !== "personal") {
    await surface.transport.send(home.place, textMessage(HELLO_ROOM));
    return;
  }
  const begun = await beginTurn(surface, activity);
  if (begun.state === "refused") {
    await surface.transport.send(home.place, textMessage(begun.said));
    return;
  }
  const { turn } = begun;
  const help = await ask(surface, turn, "help", ownAudience(turn));
  const here = { origin: undefined, teamsClient: surface.teamsClient };
  await surface.transport.send(turn.place, answerMessage(help, here));
}

const HELLO_ROOM =
  "Mention me with a question about AI spend, for example: team payments last week. The answer " +
  "comes to you alone; you decide whether to share it here.";

/** Somebody or the bot joined or left, or a channel or team is gone. */
export async function onConversationUpdate(
  surface: TeamsSurface,
  activity: Activity,
): Promise<void> {
  const bot = activity.recipient.id;
  const event = activity.channelData?.eventType;
  const botLeft = activity.membersRemoved?.some((member) => member.id === bot) === true;
  if (botLeft || event === "teamDeleted" || event === "channelDeleted") {
    return left(surface, activity);
  }
  if (activity.membersAdded?.some((member) => member.id === bot) !== true) return;
  const home = await findHome(surface, activity);
  if (home !== undefined) await keepConversation(surface, activity, home.orgId, home.place);
}

async function left(surface: TeamsSurface, activity: Activity): Promise<void> {
  const home = await findHome(surface, activity);
  if (home === undefined) return;
  const { orgId, place } = home;
  const now = surface.clock();
  const { team, channel, eventType } = activity.channelData ?? {};
  if (eventType === "channelDeleted" && channel !== undefined) {
    await removeConversation(surface.pool, { orgId, conversationId: channel.id, now });
    return;
  }
  const conversationId = withoutThread(place.conversationId);
  await removeConversation(surface.pool, { orgId, conversationId, now });
  if (team !== undefined) await removeTeam(surface.pool, { orgId, teamId: team.id, now });
}
