import type { WebClient } from "@slack/web-api";
import type { Clock } from "#core/time.ts";
import { createBoundedMemory, remembered } from "./bounded-memory.ts";
import { slackError } from "./slack-failure.ts";

/** `unknown`: we may not look, so nothing is shown there either. */
export type RoomState = "ours" | "shared_outside" | "unknown";

export type FindRoom = (client: WebClient, channelId: string) => Promise<RoomState>;

const KEPT_MS = 60_000;
const HIDDEN = new Set(["channel_not_found", "missing_scope", "not_in_channel"]);

/** Whether another company reads along, or is invited to. */
export function createRooms(clock: Clock): FindRoom {
  const known = createBoundedMemory<Promise<RoomState>>(2000, KEPT_MS, clock);
  return (client, channelId) =>
    remembered(known, channelId, async () => {
      try {
        const { channel } = await client.conversations.info({ channel: channelId });
        if (channel === undefined) return "unknown";
        const outside = channel.is_ext_shared === true || channel.is_pending_ext_shared === true;
        return outside ? "shared_outside" : "ours";
      } catch (error) {
        if (HIDDEN.has(slackError(error) ?? "")) return "unknown";
        throw error;
      }
    });
}
