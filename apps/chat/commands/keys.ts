import type { Command } from "../command.ts";
import { joined, type Word } from "../grammar/words.ts";
import { keysAnswer } from "../keys/list-keys.ts";
import { askButton, Refusal } from "../refusal.ts";
import { settleSubject } from "../spend/settle-question.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";
import { spellName, spellNamed } from "../subject.ts";

type KeysWords =
  | { readonly kind: "scope"; readonly spend: SpendWords | undefined }
  | { readonly kind: "person"; readonly name: string };

const OWN = new Set(["me", "mine", "myself"]);

function read(words: readonly Word[], today: Parameters<typeof readSpendWords>[2]): KeysWords {
  const [first, ...rest] = words;
  const person = first?.lower === "of" || first?.lower === "owner";
  if (person && rest.length > 0) return { kind: "person", name: joined(rest) };
  return {
    kind: "scope",
    spend: words.length === 0 ? undefined : readSpendWords(undefined, words, today),
  };
}

export const keys: Command<KeysWords> = {
  name: "keys",
  usage: "keys [SCOPE] | keys of PERSON",
  summary: "Issued keys: state, owner, cap and use.",
  examples: [
    ["keys payments", "Of a team and what is below it."],
    ["keys of ana", "Of a person."],
  ],
  parse: (words, { today }) => read(words, today),
  async run(asking, words) {
    const { org } = asking;
    if (words.kind === "person") {
      const ownerId = OWN.has(words.name.toLowerCase())
        ? asking.asker.personId
        : org.personNamed(words.name);
      if (ownerId === undefined) {
        throw new Refusal(
          "person_not_found",
          "Who is that?",
          `I know nobody '${words.name.slice(0, 60)}' here.`,
          { kind: "not_found", help: "Write a name or e-mail address: keys of Ben Adeyemi" },
        );
      }
      const said = org.personName(ownerId);
      return keysAnswer(asking, {
        scopeId: undefined,
        ownerId,
        said,
        command: `keys of ${spellName(said)}`,
      });
    }
    const all = { scopeId: undefined, ownerId: undefined, said: org.name, command: "keys" };
    if (words.spend === undefined) return keysAnswer(asking, all);
    const { subject } = await settleSubject(asking, words.spend, (said) => `keys ${said}`);
    const { main } = subject;
    if (main.kind === "org") return keysAnswer(asking, all);
    if (main.scopeId === undefined) {
      throw new Refusal(
        "keys_of_scopes_only",
        `No keys of a ${main.kind}`,
        `${main.said} is a ${main.kind}; keys belong to teams, projects and agents.`,
        { kind: "unprocessable", actions: [askButton("keys")] },
      );
    }
    const command = `keys ${spellNamed(main)}`;
    return keysAnswer(asking, {
      scopeId: main.scopeId,
      ownerId: undefined,
      said: main.said,
      command,
    });
  },
};
