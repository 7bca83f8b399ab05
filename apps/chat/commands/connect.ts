import { SourceKind } from "#core/connections/schema.ts";
import type { Command } from "../command.ts";
import { connectedAnswer, connectForm, requireConnector } from "../connections/connect-form.ts";
import { SOURCE_WORDS } from "../connections/source-words.ts";
import { askButton, Refusal } from "../refusal.ts";

/** Without a kind: which are there. `told`: a key may stand in the message. */
type ConnectWords = { readonly kind: SourceKind | undefined; readonly told: boolean };

const LONGEST_NAME = 24;

/** `connect openai`: a form asks for the key; a key written into the question is refused unread. */
export const connect: Command<ConnectWords> = {
  name: "connect",
  usage: "connect PROVIDER",
  summary: "Connect a provider by a read-only key.",
  parse(words) {
    const [first, ...rest] = words.map(({ text }) => text);
    if (first === undefined) return { kind: undefined, told: false };
    const kind = SourceKind.safeParse(first.toLowerCase());
    if (kind.success && rest.length === 0) return { kind: kind.data, told: false };
    if ([first, ...rest].some((word) => word.length > LONGEST_NAME)) {
      return { kind: undefined, told: true };
    }
    throw new Refusal(
      "source_unknown",
      "That cannot be connected",
      // Not repeated: it may be a short key.
      `That is no source; there is ${SourceKind.options.join(", ")}. Others come as files: ` +
        "aispend import --from.",
      {
        kind: "invalid",
        actions: SourceKind.options.slice(0, 4).map((one) => askButton(`connect ${one}`)),
      },
    );
  },
  async run(asking, { kind, told }) {
    // Not refused: a refusal repeats the question, and with it the key.
    if (told) {
      return {
        command: "connect",
        state: "wrong_usage",
        title: "Never write a key into a message",
        sentence:
          "A key belongs into the form alone. If one is in a message now, delete it " +
          "and make another.",
        actions: [askButton("connect")],
      };
    }
    await requireConnector(asking);
    if (kind === undefined) {
      return {
        command: "connect",
        title: "Connect a source",
        sentence: "Which provider, gateway or tool should aispend read the bill of?",
        source: { basis: "none" },
        actions: SourceKind.options.map((one) =>
          askButton(`connect ${one}`, SOURCE_WORDS[one].title),
        ),
      };
    }
    const { title, key, madeAt } = SOURCE_WORDS[kind];
    return {
      command: `connect ${kind}`,
      title: `Connect ${title}`,
      sentence:
        `Give aispend a read-only key of ${title}; ` +
        "it reads 90 days and shows you the whole bill.",
      facts: [
        { label: "Key", value: key },
        { label: "Made at", value: madeAt },
      ],
      notes: [
        "The key goes into the form, never into a message. It is encrypted and used to read only.",
      ],
      source: { basis: "none" },
      actions: [
        { kind: "form", label: "Enter the key...", form: "connect_source", token: kind },
        askButton("connections", "Connections"),
      ],
    };
  },
  presses: { connect_source: connectedAnswer },
  forms: { connect_source: connectForm },
};
