import {
  type Channel,
  type ChannelFor,
  channelsByScope,
  findChannel,
  listOwnChannels,
  setChannel,
} from "#core/org/channel.ts";
import type { Asking } from "../asking.ts";
import { capitalised, fromSaid, placeSaid, toldSaid } from "../channels/channel-said.ts";
import { namedById, scopeOf, settleScope } from "../channels/channel-scope.ts";
import {
  type ChannelWords,
  EVERYTHING,
  kindSaid,
  readChannelWords,
} from "../channels/channel-words.ts";
import type { Command } from "../command.ts";
import { plainWord } from "../grammar/words.ts";
import { kindWords, ROOM_KINDS } from "../quiet/message-kinds.ts";
import { askButton, Refusal } from "../refusal.ts";
import { type PersonWanted, requirePerson } from "../require-person.ts";
import { scopesBelow } from "../scopes-below.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords } from "../spend/spend-words.ts";
import { type Named, spellNamed } from "../subject.ts";
import type { Room } from "../surface.ts";

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

/** A team below that chose a room is not diverted, and whoever sets one above learns of it. */
async function keptBelow(asking: Asking, scopeId: number, kind: ChannelFor): Promise<string[]> {
  const { org, pool } = asking;
  const below = scopesBelow(org, scopeId);
  const own = await channelsByScope(pool, { orgId: org.id, kind });
  const kept = [...own.keys()].filter(
    (id) => id !== scopeId && (below === undefined || below.includes(id)),
  );
  if (kept.length === 0) return [];
  const names = kept.slice(0, 5).flatMap((id) => namedById(asking, id)?.said ?? []);
  const more = kept.length > names.length ? ` and ${kept.length - names.length} more` : "";
  return [`With a channel of their own, which they keep: ${names.join(", ")}${more}.`];
}

async function setHere(asking: Asking, words: ChannelWords): Promise<AnswerBody> {
  const { room, surface } = requireSurface(asking);
  const by = requirePerson(asking, CHOOSER);
  const { kind } = words;
  const named = await scopeOf(asking, "here", words);
  await requireOwnRoom(room);
  const { now, org, pool } = asking;
  const scopeId = named.scopeId ?? 0;
  const to = { surface, destination: room.destination };
  const request = { orgId: org.id, scopeId, kind: kind.kind, to, by, now };
  const changed = await setChannel(pool, request);
  const told = toldSaid(named, kind);
  const comes =
    kind.kind === "any"
      ? `${capitalised(told)}${changed ? " and what is below it" : ""} comes to this room`
      : `Told in this room: ${told}${changed ? " and of what is below it" : ""}`;
  const spelled = `${spellNamed(named)}${kind.command}`;
  return {
    command: `channel here ${spelled}`,
    title:
      kind.kind === "any"
        ? `${named.said}: messages come here`
        : `${named.said}: ${kind.said} come here`,
    sentence: changed ? `${comes} from now on.` : `${comes} already; nothing was changed.`,
    notes: [
      ...(await keptBelow(asking, scopeId, kind.kind)),
      ...(surface === "slack" ? ["Where I am no member yet: /invite @aispend"] : []),
    ],
    actions: [askButton(`channel off ${spelled}`, "Not here any more")],
  };
}

async function setOff(asking: Asking, words: ChannelWords): Promise<AnswerBody> {
  const by = requirePerson(asking, CHOOSER);
  const { kind } = words;
  const named = await scopeOf(asking, "off", words);
  const { now, org, pool } = asking;
  const scopeId = named.scopeId ?? 0;
  const of = { orgId: org.id, scopeId, kind: kind.kind };
  const changed = await setChannel(pool, { ...of, to: undefined, by, now });
  const next = await findChannel(pool, of);
  const goes =
    next === undefined
      ? "It goes to the people who answer for it alone."
      : `It goes to ${placeSaid(asking, next)}${fromSaid(asking, next, named, kind)}.`;
  const told = capitalised(toldSaid(named, kind));
  const ended =
    kind.kind === "any"
      ? `${told} no longer has a channel of its own.`
      : `No channel of its own any more: ${toldSaid(named, kind)}.`;
  return {
    command: `channel off ${spellNamed(named)}${kind.command}`,
    title:
      kind.kind === "any"
        ? `${named.said}: no channel of its own`
        : `${named.said}: no channel of its own for ${kind.said}`,
    sentence: changed
      ? `${ended} ${goes}`
      : `${kind.kind === "any" ? named.said : told} had no channel of its own; nothing was ` +
        `changed. ${goes}`,
    actions: [askButton(`channel ${spellNamed(named)}`, "Channel")],
  };
}

/** The kinds that go elsewhere than everything else, each with its room. */
async function elsewhere(asking: Asking, named: Named, usual: Channel | undefined) {
  const { org, pool } = asking;
  const scopeId = named.scopeId ?? 0;
  const facts: { label: string; value: string }[] = [];
  for (const one of ROOM_KINDS) {
    const channel = await findChannel(pool, { orgId: org.id, scopeId, kind: one.kind });
    if (channel === undefined || channel.kind === "any") continue;
    if (channel.destination === usual?.destination) continue;
    const from = fromSaid(asking, channel, named, kindSaid(one));
    facts.push({ label: capitalised(one.said), value: `${placeSaid(asking, channel)}${from}` });
  }
  return facts;
}

async function show(asking: Asking, words: ChannelWords): Promise<AnswerBody> {
  const { kind } = words;
  const scope = words.scope ?? readSpendWords(undefined, [plainWord("org")], asking.today);
  const named = await settleScope(asking, scope, (said) => `channel ${said}${kind.command}`);
  const { org, pool } = asking;
  const of = { orgId: org.id, scopeId: named.scopeId ?? 0, kind: kind.kind };
  const channel = await findChannel(pool, of);
  const spelled = spellNamed(named);
  const told = capitalised(toldSaid(named, kind));
  const verb = kind.kind === "any" ? " goes to" : ": told in";
  return {
    command: `channel ${spelled}${kind.command}`,
    title: `Channel of ${named.said}${kind.command}`,
    sentence:
      channel === undefined
        ? `${named.said} has no channel${kind.command}: what is told unasked goes to who answers ` +
          "for it alone."
        : `${told}${verb} ` +
          `${placeSaid(asking, channel)}${fromSaid(asking, channel, named, kind)}.`,
    facts: kind.kind === "any" ? await elsewhere(asking, named, channel) : [],
    notes: [
      "To choose a channel, write in it: /aispend channel here NAME, or for one kind of message " +
        `channel here NAME for ${kindWords(ROOM_KINDS).replace(/, ([^,]*)$/, " or $1")}.`,
    ],
    actions: [askButton(`owners ${spelled}`, "Owners"), askButton("channel list", "All channels")],
  };
}

const LISTED = 50;

async function list(asking: Asking): Promise<AnswerBody> {
  const { org, pool } = asking;
  const all = (await listOwnChannels(pool, org.id)).flatMap((channel) => {
    const named = namedById(asking, channel.scopeId);
    return named === undefined ? [] : [{ channel, named }];
  });
  const kindOf = ({ kind }: Channel) =>
    ROOM_KINDS.find((one) => one.kind === kind)?.said ?? EVERYTHING.said;
  const rows = all.map(({ channel, named }) => [
    named.said,
    kindOf(channel),
    placeSaid(asking, channel),
  ]);
  return {
    command: "channel list",
    title: `Channels of ${org.name}: ${all.length}`,
    sentence:
      all.length === 0
        ? "No channel is set: what is told unasked goes to who answers for it alone."
        : `${all.length} ${all.length === 1 ? "channel is" : "channels are"} set; what has none ` +
          "goes where the nearest scope above it sends it.",
    ...(all.length === 0
      ? {}
      : {
          table: {
            caption: "Channels by scope and kind of message",
            columns: [{ label: "Scope" }, { label: "What" }, { label: "Where" }],
            rows: rows.slice(0, LISTED),
            omitted: Math.max(0, rows.length - LISTED),
          },
        }),
    actions: [askButton("channel org", "Of the organisation")],
  };
}

const RUNS = { show, here: setHere, off: setOff, list } as const;

/** Where the unasked messages of a scope go. Said in the room itself, by who answers for the scope. */
export const channel: Command<ChannelWords> = {
  name: "channel",
  usage: "channel [here|off|list] [NAME] [for KIND]",
  summary: "Where messages about it go; here from now on.",
  examples: [
    ["channel list", "Which rooms are told what."],
    ["channel here payments", "Said in the room: it is told there."],
    ["channel here payments for anomalies", "Of one kind only."],
    ["channel off payments", "Not there any more."],
  ],
  parse: (words, { today }) => readChannelWords(words, today),
  run: (asking, words) => RUNS[words.verb](asking, words),
};
