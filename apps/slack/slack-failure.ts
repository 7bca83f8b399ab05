import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from "@slack/web-api";

/** What Slack answered instead of doing it ("channel_not_found"); undefined for other failures. */
export function slackError(error: unknown): string | undefined {
  return error instanceof WebAPIPlatformError ? error.data.error : undefined;
}

const REFUSED_BLOCKS = new Set([
  "invalid_blocks",
  "invalid_blocks_format",
  "invalid_attachments",
  "msg_blocks_too_long",
  "msg_too_long",
]);

/** What a response URL refuses; it names no reason that could be told apart. */
export class BlocksRefused extends Error {
  constructor() {
    super("the response URL refused the blocks");
    this.name = "BlocksRefused";
  }
}

/** The message is at fault, not the place or the time: a simpler one may pass. */
export function refusesBlocks(error: unknown): boolean {
  return error instanceof BlocksRefused || REFUSED_BLOCKS.has(slackError(error) ?? "");
}

const UNREACHABLE = new Set([
  "not_in_channel",
  "channel_not_found",
  "is_archived",
  "user_not_found",
  "user_not_in_channel",
  "users_not_found",
  "cannot_dm_bot",
  "user_disabled",
  "user_not_visible",
  "messages_tab_disabled",
  "restricted_action",
  "restricted_action_read_only_channel",
  "message_not_found",
  "cant_update_message",
]);

/** We may not write there, and trying again cannot help. */
export function isUnreachable(error: unknown): boolean {
  return UNREACHABLE.has(slackError(error) ?? "");
}

/** The wait that Slack asks for. */
export function retryAfterMs(error: unknown): number | undefined {
  return error instanceof WebAPIRateLimitedError ? error.retryAfter * 1000 : undefined;
}

/** Errors of the web client carry no message text: what they say may be logged whole. */
export function isSlackFailure(error: unknown): boolean {
  return [WebAPIPlatformError, WebAPIRateLimitedError, WebAPIHTTPError, WebAPIRequestError].some(
    (kind) => error instanceof kind,
  );
}
