import type { Channel } from "#core/org/channel.ts";
import type { Asking } from "../asking.ts";
import type { Named } from "../subject.ts";
import { namedById } from "./channel-scope.ts";
import type { ChannelKindSaid } from "./channel-words.ts";

export function placeSaid(asking: Asking, channel: Channel): string {
  if (channel.destination === asking.room?.destination) return "this room";
  return channel.surface === "slack" ? `Slack channel ${channel.destination}` : "a room in Teams";
}

/** "(the channel of acme for anomalies)"; empty for the scope's own, of the kind that is asked for. */
export function fromSaid(
  asking: Asking,
  channel: Channel,
  named: Named,
  asked: ChannelKindSaid,
): string {
  const isOwn = channel.scopeId === (named.scopeId ?? 0);
  if (isOwn && channel.kind === asked.kind) return "";
  const above = isOwn ? named : namedById(asking, channel.scopeId);
  const of = above?.said ?? asking.org.name;
  return ` (the channel of ${of}${channel.kind === "any" ? "" : asked.command})`;
}

/** "anomalies of payments", "what is told unasked about payments". */
export function toldSaid(named: Named, { kind, said }: ChannelKindSaid): string {
  return kind === "any" ? `what is told unasked about ${named.said}` : `${said} of ${named.said}`;
}

export function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
