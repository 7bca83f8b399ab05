import type { Answer } from "#core/answers/schema.ts";

/** What this surface says itself, without the brain: about Slack, never about spend. */
export function localAnswer(state: Answer["state"], title: string, sentence: string): Answer {
  return {
    command: "help",
    state,
    title,
    sentence,
    facts: [],
    notes: [],
    details: [],
    actions: [],
    audience: { kind: "room" },
    demonstration: false,
    figures: {},
  };
}

export function apology(reference: string): Answer {
  return localAnswer(
    "refused",
    "That did not work",
    "Something went wrong on our side, not in what you asked. Try again in a minute; if it " +
      `stays, give the reference ${reference} to whoever runs aispend.`,
  );
}

export const STRANGER = localAnswer(
  "refused",
  "For members of this workspace",
  "aispend answers people of the workspace that it is installed in, not of other companies.",
);

export const GUEST = localAnswer(
  "refused",
  "For full members",
  "aispend answers full members of this workspace; guests can ask the person they work with.",
);

export const NO_ORGANISATION = localAnswer(
  "refused",
  "Not connected yet",
  "This workspace belongs to no organisation in aispend yet; whoever runs it can connect it.",
);

export const SHARED_CHANNEL = localAnswer(
  "refused",
  "Not in a shared channel",
  "This channel is shared with another company, so nothing is shown here. Ask me directly instead.",
);

export const UNCHECKED_CHANNEL = localAnswer(
  "refused",
  "I cannot see that channel",
  "I cannot see whether that channel is shared with another company. Invite me there first: " +
    "/invite @aispend",
);

export const NOT_IN_CHANNEL = localAnswer(
  "refused",
  "I am not in that channel",
  "I may not post there yet. Invite me first: /invite @aispend",
);

export const OLD_BUTTON = localAnswer(
  "wrong_usage",
  "That button is out of date",
  "The message is from an earlier version of aispend. Ask again to get buttons that work.",
);

export const NO_DOWNLOAD = localAnswer(
  "not_found",
  "Nothing to download",
  "That answer has no rows to download.",
);

export const TOO_LATE = localAnswer(
  "refused",
  "That took too long",
  "Slack closed the window before it was drawn. Press the button again.",
);
