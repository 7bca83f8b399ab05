import { z } from "zod";
import { CHANNEL_PATTERN } from "./channel-text.ts";

/** A stable handle that paths are made of. */
export const Key = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_.-]{0,62}$/,
    "is not a key: lower-case letters, digits, and . _ - inside, at most 63",
  );

/** One line that is shown to people. */
export const Label = z
  .string()
  .regex(
    /^\S(?:[^\r\n\t]{0,198}\S)?$/,
    "is not one line of 1 to 200 characters without spaces around",
  );

/** A sentence or two. */
export const Said = z.string().min(1).max(2_000);

/** `key` of a person in this file; for people from a directory or from usage, how that names them. */
export const PersonRef = z
  .string()
  .regex(
    /^\S(?:[^\r\n\t]{0,254}\S)?$/,
    "is not a person's key: one line of 1 to 256 characters without spaces around",
  );

export const ScopePath = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_.-]{0,62}(?:\/[a-z0-9][a-z0-9_.-]{0,62}){0,2}$/,
    "is not a scope: write team, team/project or team/project/agent",
  );

/** A room of chat; see channel-text.ts. */
export const ChannelRef = z
  .string()
  .regex(CHANNEL_PATTERN, "is not a room: write slack:C0123ABCD or teams:19:...@thread.tacv2")
  .describe("Where messages about it go unasked; without one, where the parent's go.");

export const DayText = z.iso.date("is not a day: write YYYY-MM-DD");
