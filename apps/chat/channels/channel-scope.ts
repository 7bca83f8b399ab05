import { listOwnChannels } from "#core/org/channel.ts";
import type { Asking } from "../asking.ts";
import { namedScope } from "../names/find-named.ts";
import { askButton, Refusal } from "../refusal.ts";
import { organisationOf, settleSubject } from "../spend/settle-question.ts";
import type { SpendWords } from "../spend/spend-words.ts";
import { type Named, spellNamed } from "../subject.ts";
import type { ChannelKindSaid, ChannelWords } from "./channel-words.ts";

export async function settleScope(
  asking: Asking,
  words: SpendWords,
  command: (said: string) => string,
): Promise<Named> {
  const { subject } = await settleSubject(asking, words, command);
  const { main } = subject;
  if (main.scopeId !== undefined && main.name !== "unattributed") return main;
  throw new Refusal(
    "channel_of_scopes_only",
    `No channel of a ${main.kind}`,
    `${main.said} is a ${main.kind}; the organisation, teams, projects and agents have channels.`,
    { kind: "not_found", actions: [askButton("channel org")] },
  );
}

export function namedById(asking: Asking, scopeId: number): Named | undefined {
  if (scopeId === 0) return organisationOf(asking);
  const scope = asking.org.scopes.find(({ id }) => id === scopeId);
  return scope && namedScope(scope);
}

function whichScope(command: (name: string) => string, among: readonly Named[]): Refusal {
  return new Refusal(
    "channel_scope_missing",
    "For which team?",
    `Say what this room is for, for example: ${command("payments")}`,
    {
      kind: "unprocessable",
      actions: among.slice(0, 5).map((one) => askButton(command(spellNamed(one)))),
    },
  );
}

/** The one scope that is meant without a name: for `here` one's own team, for `off` this room's. */
async function impliedScope(
  asking: Asking,
  verb: "here" | "off",
  { kind, command }: ChannelKindSaid,
): Promise<Named> {
  const { asker, org, pool, room } = asking;
  const held = asker.personId === undefined ? [] : org.teamsOf(asker.personId);
  const ids =
    verb === "here"
      ? held
      : (await listOwnChannels(pool, org.id))
          .filter((one) => one.destination === room?.destination && one.kind === kind)
          .map(({ scopeId }) => scopeId);
  const among = ids.map((id) => namedById(asking, id)).filter((one) => one !== undefined);
  const [only] = among;
  if (only !== undefined && among.length === 1) return only;
  throw whichScope((name) => `channel ${verb} ${name}${command}`, among);
}

/** The scope that is named, or the one that is meant. */
export function scopeOf(
  asking: Asking,
  verb: "here" | "off",
  { scope, kind }: ChannelWords,
): Promise<Named> {
  return scope === undefined
    ? impliedScope(asking, verb, kind)
    : settleScope(asking, scope, (said) => `channel ${verb} ${said}${kind.command}`);
}
