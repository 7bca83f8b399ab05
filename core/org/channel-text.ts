/** "slack:C0123ABCD", "teams:19:abc@thread.tacv2": how aispend.yaml names a room of chat. */
export interface ChannelName {
  readonly surface: "slack" | "teams";
  readonly destination: string;
}

export const CHANNEL_PATTERN = /^(?:slack:[CG][A-Z0-9]{2,30}|teams:19:[^\s;]{3,400})$/;

export function channelText({ surface, destination }: ChannelName): string {
  return `${surface}:${destination}`;
}

/** Reads a text that the pattern holds for. */
export function channelOfText(text: string): ChannelName {
  const surface = text.startsWith("slack:") ? "slack" : "teams";
  return { surface, destination: text.slice(surface.length + 1) };
}
