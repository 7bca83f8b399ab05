import { listOwnChannels } from "#core/org/channel.ts";
import { type PreferenceChange, setPreference } from "#core/outbox/preferences.ts";
import { findPreferences, type Preferences } from "#core/outbox/service.ts";
import type { Asking } from "../asking.ts";
import type { Word } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { requireProof } from "../require-proof.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { kindWords, type MessageKind, namedKind, REPORTS } from "./message-kinds.ts";

const BREAKS_THROUGH =
  "Requests, caps that are reached and findings above the floor always come through.";

/** The report that the words name; undefined: none is named. Throws for words that name no report. */
function reportOf(words: readonly Word[], verb: string): MessageKind | undefined {
  if (words.length === 0) return undefined;
  const typed = words.map(({ lower }) => lower).join(" ");
  const found = namedKind(REPORTS, words);
  if (found !== undefined) return found;
  throw new Refusal(
    "report_unknown",
    "No such report",
    `'${typed}' is no report that can be muted.`,
    {
      kind: "unprocessable",
      help: `Write one of: ${REPORTS.map((one) => `${verb} ${one.words[0]}`).join(", ")}`,
    },
  );
}

interface Place {
  readonly at: { readonly orgId: number; readonly surface: string; readonly destination: string };
  readonly scopeIds: readonly number[] | undefined;
  /** "this room", "you". */
  readonly said: string;
}

/** The room where it is said, else one's own messages. */
async function placeOf({ asker, org, pool, room, surface }: Asking): Promise<Place> {
  if (surface !== "slack" && surface !== "teams") {
    throw new Refusal(
      "room_needed",
      "Say that in chat",
      "Reports go to Slack and Teams: say there, in the room or in private, which are wanted " +
        "and when.",
      {
        kind: "unprocessable",
        help: "Write there: /aispend mute weekly, or: /aispend quiet 20:00 07:00",
      },
    );
  }
  if (room !== undefined) {
    const { destination } = room;
    const channels = (await listOwnChannels(pool, org.id)).filter(
      (one) => one.destination === destination && one.surface === surface,
    );
    const scopeIds = [...new Set(channels.map(({ scopeId }) => scopeId))];
    return { at: { orgId: org.id, surface, destination }, scopeIds, said: "this room" };
  }
  if (asker.personId === undefined) throw personNeeded();
  const at = { orgId: org.id, surface, destination: `person:${asker.personId}` };
  return { at, scopeIds: undefined, said: "you" };
}

function personNeeded(): Refusal {
  return new Refusal("person_needed", "Who mutes it?", "Reports are muted by a person.", {
    kind: "forbidden",
    help: "Link your account first: whoami",
  });
}

function saidKinds({ mutedKinds }: Preferences): string {
  const said = mutedKinds.map((kind) => REPORTS.find((one) => one.kind === kind)?.said ?? kind);
  return said.length === 0 ? "nothing" : said.join(", ");
}

function saidHours({ quietHours: { from, until } }: Preferences): string {
  return from === until ? "none" : `${from} to ${until}`;
}

function answer(
  asking: Asking,
  preferences: Preferences,
  lead: { command: string; title: string; sentence: string },
): AnswerBody {
  return {
    ...lead,
    facts: [
      { label: "Muted", value: saidKinds(preferences) },
      { label: "Quiet hours", value: `${saidHours(preferences)}, ${asking.org.timeZone}` },
    ],
    notes: [
      BREAKS_THROUGH,
      `Reports to mute: ${kindWords(REPORTS)}. Reports wait until quiet hours are over.`,
    ],
    source: { basis: "none" },
    actions: preferences.mutedKinds
      .flatMap((kind) => REPORTS.find((one) => one.kind === kind) ?? [])
      .slice(0, 3)
      .map(({ said, words }) => askButton(`unmute ${words[0]}`, `Unmute ${said}`)),
  };
}

async function show(asking: Asking, command: string): Promise<AnswerBody> {
  const place = await placeOf(asking);
  const preferences = await findPreferences(asking.pool, place.at);
  const muted = saidKinds(preferences);
  return answer(asking, preferences, {
    command,
    title: `Muted for ${place.said}: ${muted}`,
    sentence:
      `${muted === "nothing" ? "No report is" : "These reports are"} muted for ${place.said}` +
      `${muted === "nothing" ? "" : `: ${muted}`}; quiet hours: ${saidHours(preferences)}.`,
  });
}

async function change(
  asking: Asking,
  of: PreferenceChange,
  lead: (
    place: Place,
    preferences: Preferences,
  ) => { command: string; title: string; sentence: string },
): Promise<AnswerBody> {
  requireProof(asking.asker);
  const place = await placeOf(asking);
  const { asker, now, pool, surface } = asking;
  if (asker.personId === undefined) throw personNeeded();
  const by = { personId: asker.personId, actorAccount: asker.account, surface };
  const { at, scopeIds } = place;
  const preferences = await setPreference(pool, { at, scopeIds, change: of, by, now });
  return answer(asking, preferences, lead(place, preferences));
}

/** "mute", "mute weekly", "unmute budgets". */
export function muteAnswer(
  asking: Asking,
  words: readonly Word[],
  to: "mute" | "unmute",
): Promise<AnswerBody> {
  const report = reportOf(words, to);
  if (report === undefined) return show(asking, to);
  const { kind, said, words: names } = report;
  return change(asking, { to, kind }, (place) => ({
    command: `${to} ${names[0]}`,
    title: `${said}: ${to === "mute" ? "muted" : "comes again"} for ${place.said}`,
    sentence:
      to === "mute"
        ? `${place.said === "you" ? "You get" : "This room gets"} no ${said} any more.`
        : `${place.said === "you" ? "You get" : "This room gets"} the ${said} again.`,
  }));
}

const TIME = /^([01]?\d|2[0-3])(?::([0-5]\d))?$/;

function timeOf(typed: string | undefined): string | undefined {
  const match = TIME.exec(typed ?? "");
  return match === null ? undefined : `${(match[1] ?? "").padStart(2, "0")}:${match[2] ?? "00"}`;
}

/** "quiet", "quiet 20:00 07:00", "quiet off", "quiet default". */
export function quietAnswer(asking: Asking, words: readonly Word[]): Promise<AnswerBody> {
  const typed = words
    .map(({ lower }) => lower)
    .filter((one) => !["from", "to", "until"].includes(one));
  const [first, second] = typed;
  if (first === undefined) return show(asking, "quiet");
  const [from, until] = first === "off" ? ["00:00", "00:00"] : [timeOf(first), timeOf(second)];
  const isDefault = first === "default";
  if (!isDefault && (from === undefined || until === undefined)) {
    throw new Refusal("quiet_hours_invalid", "Which hours?", `'${typed.join(" ")}' are no hours.`, {
      kind: "unprocessable",
      help: "Write for example: quiet 20:00 07:00, quiet off, quiet default",
    });
  }
  const hours =
    isDefault || from === undefined || until === undefined ? undefined : { from, until };
  return change(asking, { to: "quiet", hours }, (place, preferences) => {
    const said = saidHours(preferences);
    const wait = said === "none" ? "come at any hour" : `wait from ${said}`;
    return {
      command: `quiet ${typed.join(" ")}`,
      title: `Quiet hours for ${place.said}: ${said}`,
      sentence: `Reports for ${place.said} ${wait} from now on.`,
    };
  });
}
