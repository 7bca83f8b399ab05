import type { Answer } from "#core/answers/schema.ts";
import type { Spoken } from "./person-brain.ts";

/**
 * Asks what the words name, and presses what the answer offers: one way for chat and command line.
 */
export async function pressOffered(
  { brain, from }: Spoken,
  text: string,
  verbs: readonly string[],
): Promise<Answer> {
  const answer = await brain.ask({ ...from, text });
  const offered = answer.actions.find(
    (action) => action.kind === "press" && verbs.includes(action.verb),
  );
  if (offered?.kind !== "press") return answer;
  const { verb, token } = offered;
  return brain.press({ ...from, verb, token, values: {} });
}
