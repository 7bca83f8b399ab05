import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

function unlinked(asking: Asking): AnswerBody {
  return {
    command: "whoami",
    title: "This account is not linked to a person yet",
    sentence: `${asking.asker.account} is not linked to a person of ${asking.org.name} yet.`,
    notes: ["Link it with a code sent to your work e-mail: link you@example.com"],
    actions: [askButton("help link", "How to link")],
  };
}

function policySaid(asking: Asking): string {
  switch (asking.org.personDetail) {
    case "self":
      return "What you spend is shown to you alone.";
    case "aggregated":
      return "What you spend is shown to you alone, and added up with at least four others.";
    case "named":
      return `What you spend is also shown by name to those who answer for it: ${asking.org.personDetailBasis ?? "no basis recorded"}`;
  }
}

async function run(asking: Asking): Promise<AnswerBody> {
  const { asker, org } = asking;
  if (asker.operator && asker.personId === undefined) {
    return {
      command: "whoami",
      title: "The operator of this installation",
      sentence:
        "You ask as the operator of this installation; what you read is named so in the audit log.",
      actions: [askButton("org"), askButton("help")],
    };
  }
  const { personId } = asker;
  if (personId === undefined) return unlinked(asking);
  const teams = org
    .teamsOf(personId)
    .map((id) => org.scopes.find((scope) => scope.id === id)?.path ?? `#${id}`);
  const owned = org.scopes.filter((scope) => org.ownerOf(scope.id) === personId);
  const detail = org.maySeeCustomerDetail(personId, 0)
    ? "of the whole organisation"
    : owned.map((scope) => scope.path).join(", ");
  return {
    command: "whoami",
    title: `You are ${org.personName(personId)}`,
    sentence: `${asker.account} is ${org.personName(personId)} of ${org.name}.`,
    facts: [
      { label: "Teams", value: teams.length === 0 ? "none on record" : teams.join(", ") },
      {
        label: "You own",
        value: owned.length === 0 ? "nothing" : owned.map((scope) => scope.path).join(", "),
      },
      {
        label: "Customer detail",
        value: detail === "" ? "not shown to you" : `shown to you: ${detail}`,
      },
    ],
    notes: [policySaid(asking)],
    actions: [askButton("me", "My spend"), askButton("team", "My team")],
  };
}

export const whoami: Command<undefined> = {
  name: "whoami",
  usage: "whoami",
  summary: "Who this account is here, and what it may see.",
  isOpen: true,
  parse: () => undefined,
  run,
};
