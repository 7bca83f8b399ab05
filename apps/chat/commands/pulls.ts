import { AispendError } from "#core/errors.ts";
import { getApproval, listPending } from "#core/estimates/approval.ts";
import type { Command } from "../command.ts";
import { approvalCard, pullsAnswer } from "../pulls/approval-card.ts";
import { pressPull, pullForm } from "../pulls/decide-pull.ts";

const LISTED = 21;

/** Pull requests whose policy fails: what waits, and one of them. */
export const pulls: Command<number | undefined> = {
  name: "pulls",
  usage: "pulls [NUMBER]",
  summary: "Pull requests whose policy fails, to approve.",
  parse(words) {
    const [word, ...rest] = words;
    if (word === undefined) return undefined;
    const number = word.lower.replace(/^#/, "");
    if (rest.length === 0 && /^\d{1,9}$/.test(number)) return Number(number);
    throw new AispendError("pulls_words_unknown", "pulls takes a number of its list, or nothing", {
      help: "Write: pulls, or pulls 12",
    });
  },
  async run({ org, pool }, id) {
    if (id !== undefined) return approvalCard(await getApproval(pool, org.id, id), org);
    return pullsAnswer(await listPending(pool, org.id, LISTED));
  },
  presses: {
    pull_approve: (asking, press) => pressPull(asking, press, "approved"),
    pull_deny: (asking, press) => pressPull(asking, press, "denied"),
  },
  forms: {
    pull_approve: (asking, token) => pullForm(asking, token, "approved"),
    pull_deny: (asking, token) => pullForm(asking, token, "denied"),
  },
};
