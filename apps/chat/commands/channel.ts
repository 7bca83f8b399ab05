import { type Channel, channelsByScope, findChannel, setChannel } from "#core/org/channel.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { plainWord } from "../grammar/words.ts";
import { namedScope } from "../names/find-named.ts";
import { askButton, Refusal } from "../refusal.ts";
import { type PersonWanted, requirePerson } from "../require-person.ts";
import { organisationOf, settleSubject } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";
import { type Named, spellNamed } from "../subject.ts";
import type { Room } from "../surface.ts";

interface ChannelWords {
  readonly verb: "show" | "here" | "off";
  /** Undefined: not named. */
  readonly scope: SpendWords | undefined;
}

async function settleScope(asking: Asking, words: SpendWords, verb: string): Promise<Named> {
  const { subject } = await settleSubject(asking, words, (said) => `${verb} ${said}`);
  const { main } = subject;
  if (main.scopeId !== undefined && main.name !== "unattributed") return main;
  throw new Refusal(
    "channel_of_scopes_only",
    `No channel of a ${main.kind}`,
    `${main.said} is a ${main.kind}; the organisation, teams, projects and agents have channels.`,
    { kind: "not_found", actions: [askButton("channel org")] },
  );
}

function namedById(asking: Asking, scopeId: number): Named | undefined {
  if (scopeId === 0) return organisationOf(asking);
  const scope = asking.org.scopes.find(({ id }) => id === scopeId);
  return scope && namedScope(scope);
}

function whichScope(verb: string, among: readonly Named[]): Refusal {
  return new Refusal(
    "channel_scope_missing",
    "For which team?",
    `Say what this room is for, for example: ${verb} payments`,
    {
      kind: "unprocessable",
      actions: among.slice(0, 5).map((one) => askButton(`${verb} ${spellNamed(one)}`)),
    },
  );
}

/** The one scope that is meant without a name: for `here` one's own team, for `off` this room's. */
async function impliedScope(
  asking: Asking,
  verb: "here" | "off",
  room: Room | undefined,
): Promise<Named> {
  const { asker, org, pool } = asking;
  const channels = await channelsByScope(pool, org.id);
  const held = asker.personId === undefined ? [] : org.teamsOf(asker.personId);
  const ids =
    verb === "here"
      ? held
      : [...channels.values()]
          .filter(({ destination }) => destination === room?.destination)
          .map(({ scopeId }) => scopeId);
  const among = ids.map((id) => namedById(asking, id)).filter((one) => one !== undefined);
  const [only] = among;
  if (only !== undefined && among.length === 1) return only;
  throw whichScope(`channel ${verb}`, among);
}

function requireSurface({ room, surface }: Asking): { room: Room; surface: "slack" | "teams" } {
  if (room !== undefined && (surface === "slack" || surface === "teams")) return { room, surface };
  throw new Refusal(
    "room_needed",
    "Say that in the room",
    "This is no channel of Slack or Teams; a channel is chosen by asking in it.",
    {
      kind: "unprocessable",
      help: "Go to the channel and write there: /aispend channel here NAME",
    },
  );
}

async function requireOwnRoom(room: Room): Promise<void> {
  const state = await room.state();
  if (state === "ours") return;
  const shared = state === "shared_outside";
  throw new Refusal(
    "room_not_ours",
    shared ? "Shared with another company" : "I cannot look at this room",
    shared
      ? "People of another company read this room, so nothing is ever posted here unasked."
      : "I cannot tell who reads this room, so nothing is posted here unasked.",
    {
      kind: "forbidden",
      help: shared ? "Choose a channel of your own." : "Invite me first: /invite @aispend",
    },
  );
}

const CHOOSER: PersonWanted = {
  title: "Who chooses it?",
  why: "A channel is chosen by a person who answers for the scope.",
  help: "Or write it as channel: of the scope in aispend.yaml.",
};

function placeSaid(asking: Asking, channel: Channel): string {
  if (channel.destination === asking.room?.destination) return "this room";
  return channel.surface === "slack" ? `Slack channel ${channel.destination}` : "a room in Teams";
}

function fromSaid(asking: Asking, channel: Channel, named: Named): string {
  if (channel.scopeId === named.scopeId) return "";
  const above = namedById(asking, channel.scopeId);
  return ` (the channel of ${above?.said ?? asking.org.name})`;
}

async function setHere(asking: Asking, words: SpendWords | undefined): Promise<AnswerBody> {
  const { room, surface } = requireSurface(asking);
  const by = requirePerson(asking, CHOOSER);
  const named =
    words === undefined
      ? await impliedScope(asking, "here", room)
      : await settleScope(asking, words, "channel here");
  await requireOwnRoom(room);
  const { now, org, pool } = asking;
  const scopeId = named.scopeId ?? 0;
  const to = { surface, destination: room.destination };
  const changed = await setChannel(pool, { orgId: org.id, scopeId, to, by, now });
  return {
    command: `channel here ${spellNamed(named)}`,
    title: `${named.said}: messages come here`,
    sentence: changed
      ? `What is told unasked about ${named.said} and what is below it comes to this room from ` +
        "now on."
      : `What is told unasked about ${named.said} comes to this room already; nothing was changed.`,
    notes: surface === "slack" ? ["Where I am no member yet: /invite @aispend"] : [],
    actions: [askButton(`channel off ${spellNamed(named)}`, "Not here any more")],
  };
}

async function setOff(asking: Asking, words: SpendWords | undefined): Promise<AnswerBody> {
  const by = requirePerson(asking, CHOOSER);
  const named =
    words === undefined
      ? await impliedScope(asking, "off", asking.room)
      : await settleScope(asking, words, "channel off");
  const { now, org, pool } = asking;
  const scopeId = named.scopeId ?? 0;
  const changed = await setChannel(pool, { orgId: org.id, scopeId, to: undefined, by, now });
  const next = await findChannel(pool, { orgId: org.id, scopeId });
  const goes =
    next === undefined
      ? "It goes to the people who answer for it alone."
      : `It goes to ${placeSaid(asking, next)}${fromSaid(asking, next, named)}.`;
  return {
    command: `channel off ${spellNamed(named)}`,
    title: `${named.said}: no channel of its own`,
    sentence: changed
      ? `What is told unasked about ${named.said} no longer has a channel of its own. ${goes}`
      : `${named.said} had no channel of its own; nothing was changed. ${goes}`,
    actions: [askButton(`channel ${spellNamed(named)}`, "Channel")],
  };
}

async function show(asking: Asking, words: SpendWords): Promise<AnswerBody> {
  const named = await settleScope(asking, words, "channel");
  const { org, pool } = asking;
  const channel = await findChannel(pool, { orgId: org.id, scopeId: named.scopeId ?? 0 });
  const spelled = spellNamed(named);
  return {
    command: `channel ${spelled}`,
    title: `Channel of ${named.said}`,
    sentence:
      channel === undefined
        ? `${named.said} has no channel: what is told unasked goes to who answers for it alone.`
        : `What is told unasked about ${named.said} goes to ` +
          `${placeSaid(asking, channel)}${fromSaid(asking, channel, named)}.`,
    notes: ["To choose a channel, write in it: /aispend channel here NAME"],
    actions: [askButton(`owners ${spelled}`, "Owners")],
  };
}

function run(asking: Asking, { verb, scope }: ChannelWords): Promise<AnswerBody> {
  if (verb === "here") return setHere(asking, scope);
  if (verb === "off") return setOff(asking, scope);
  return show(asking, scope ?? readSpendWords(undefined, [plainWord("org")], asking.today));
}

/** Where the unasked messages of a scope go. Said in the room itself, by who answers for the scope. */
export const channel: Command<ChannelWords> = {
  name: "channel",
  usage: "channel [here|off] [NAME]",
  summary: "Where messages about it go; here from now on.",
  parse(words, { today }) {
    const first = words[0]?.lower;
    const verb = first === "here" || first === "off" ? first : "show";
    const rest = verb === "show" ? words : words.slice(1);
    return {
      verb,
      scope: rest.length === 0 ? undefined : readSpendWords(undefined, rest, today),
    };
  },
  run,
};
