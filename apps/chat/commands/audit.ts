import type { Command } from "../command.ts";
import type { Word } from "../grammar/words.ts";
import { auditAnswer } from "../keys/audit-answer.ts";

export const audit: Command<readonly Word[]> = {
  name: "audit",
  usage: "audit SCOPE | audit key NAME",
  summary: "Who changed what, when and why.",
  // "audit export" and "audit" alone are the organisation's; its button is the file.
  parse: (words) => words.filter(({ lower }) => lower !== "export"),
  run: (asking, words) =>
    auditAnswer(
      asking,
      words.length === 0 ? [{ text: "org", lower: "org", quoted: false }] : words,
    ),
};
