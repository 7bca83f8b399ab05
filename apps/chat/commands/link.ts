import { AispendError } from "#core/errors.ts";
import { redeemLinkCode, requestLinkCode } from "#core/org/identity.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { joined } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

type LinkWords =
  | { readonly kind: "how" }
  | { readonly kind: "email"; readonly email: string }
  | { readonly kind: "code"; readonly code: string };

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/;
const CODE = /^[0-9a-z]{4}[ -]?[0-9a-z]{4}$/i;

function readLink(text: string): LinkWords {
  if (text === "") return { kind: "how" };
  if (EMAIL.test(text)) return { kind: "email", email: text.toLowerCase() };
  if (CODE.test(text)) return { kind: "code", code: text };
  throw new AispendError("link_invalid", `'${text}' is neither an e-mail address nor a code`, {
    help: "Write: link you@example.com, and then: link CODE",
  });
}

function how(asking: Asking): AnswerBody {
  const { asker, org } = asking;
  const { account, personId } = asker;
  const byMail =
    asking.mailLinkCode === undefined
      ? []
      : ["Write: link you@example.com. A code is sent to that address; then write: link CODE"];
  return {
    command: "link",
    title: personId === undefined ? "Link this account to you" : "Linked already",
    sentence:
      personId === undefined
        ? `${account} is linked to a person of ${org.name} by proof, never by a name typed.`
        : `${account} is linked to ${org.personName(personId)} of ${org.name}; another proof ` +
          "links it anew.",
    notes: [
      ...byMail,
      `Or ask your operator to run: aispend link ${asking.asker.account} you@example.com`,
    ],
    actions: [askButton("whoami")],
  };
}

/** The same answer whoever the address belongs to, so that it does not tell who works here. */
async function sendCode(asking: Asking, email: string): Promise<AnswerBody> {
  const { asker, mailLinkCode, now, org, pool } = asking;
  if (mailLinkCode === undefined) {
    throw new Refusal(
      "mail_not_configured",
      "No e-mail is configured here",
      "A code cannot be sent: this installation has no e-mail configured.",
      {
        kind: "unavailable",
        help: `Ask your operator to run: aispend link ${asker.account} you@example.com`,
      },
    );
  }
  const code = await requestLinkCode(pool, org.id, asker.account, email, now);
  if (code !== undefined) await mailLinkCode({ orgId: org.id, to: email, code });
  return {
    command: "link",
    title: "Look into your mail",
    sentence: `If that address belongs to a person of ${org.name}, a code is on its way to it.`,
    notes: ["Write it here within 15 minutes: link CODE"],
  };
}

async function redeem(asking: Asking, code: string): Promise<AnswerBody> {
  const { asker, now, org, pool } = asking;
  const personId = await redeemLinkCode(pool, org.id, asker.account, code, now);
  if (personId === undefined) {
    throw new Refusal(
      "code_invalid",
      "That code does not work",
      "The code is wrong, was used, is older than 15 minutes, or was sent for another account.",
      { kind: "forbidden", help: "Ask for a new one: link you@example.com" },
    );
  }
  return {
    command: "link",
    title: "Linked",
    sentence: `This account is ${org.personName(personId)} of ${org.name} now.`,
    actions: [askButton("team", "My team"), askButton("whoami")],
  };
}

export const link: Command<LinkWords> = {
  name: "link",
  usage: "link [E-MAIL | CODE]",
  summary: "Link this account to you, by a code.",
  isOpen: true,
  isExact: true,
  parse: (words) => readLink(joined(words)),
  async run(asking, words) {
    switch (words.kind) {
      case "how":
        return how(asking);
      case "email":
        return sendCode(asking, words.email);
      case "code":
        return redeem(asking, words.code);
    }
  },
};
