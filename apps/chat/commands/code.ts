import { requestCommandLineCode } from "#core/org/identity.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

/** A code proves who asked for it, so only a chat that knows who that is may show one, to them alone. */
async function run(asking: Asking): Promise<AnswerBody> {
  const { asker, now, org, pool, sight, surface } = asking;
  if (sight.personId === undefined || surface === "cli") {
    throw new Refusal(
      "code_refused",
      "Only in private",
      "A code for the command line is shown in a private chat, to the one it is for.",
      { kind: "forbidden", help: "Ask me in private: code" },
    );
  }
  const code = await requestCommandLineCode(pool, org.id, asker.account, sight.personId, now);
  return {
    command: "code",
    title: "A code for the command line",
    sentence: `Your code is ${code}. It works once, within 15 minutes.`,
    notes: ["The command line asks for it when it is to change something in your name."],
  };
}

export const code: Command<undefined> = {
  name: "code",
  usage: "code",
  summary: "A one-time code for the command line.",
  isExact: true,
  parse: () => undefined,
  run,
};
