import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import type { OrgView } from "../org-view.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

function unlinked(asking: Asking): AnswerBody {
  return {
    command: "whoami",
    title: "This account is not linked to a person yet",
    sentence: `${asking.asker.account} is not linked to a person of ${asking.org.name} yet.`,
    notes: ["See how to link it: link"],
    actions: [askButton("link", "How to link")],
  };
}

function policySaid(asking: Asking): string {
  switch (asking.org.personDetail) {
    case "self":
      return "What you spend is shown to you alone.";
    case "aggregated":
      return "What you spend is shown to you alone, and added up with at least four others.";
    case "named":
      return (
        "What you spend is also shown by name to those who answer for it: " +
        `${asking.org.personDetailBasis ?? "no basis recorded"}`
      );
  }
}

/** The widest scopes for which something holds; undefined where there are none. */
function within(org: OrgView, holds: (scopeId: number) => boolean): string | undefined {
  if (holds(0)) return "the whole organisation";
  const paths = org.scopes.filter((scope) => holds(scope.id)).map((scope) => scope.path);
  const widest = paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
  return widest.length === 0 ? undefined : widest.join(", ");
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
  const owned = within(org, (scopeId) => org.ownerOf(scopeId) === personId);
  const detail = within(org, (scopeId) => org.maySeeCustomerDetail(personId, scopeId));
  return {
    command: "whoami",
    title: `You are ${org.personName(personId)}`,
    sentence: `${asker.account} is ${org.personName(personId)} of ${org.name}.`,
    facts: [
      { label: "Teams", value: teams.length === 0 ? "none on record" : teams.join(", ") },
      {
        label: "You own",
        value: owned ?? "nothing",
      },
      {
        label: "Customer detail",
        value: detail === undefined ? "not shown to you" : `shown to you: ${detail}`,
      },
    ],
    notes: [policySaid(asking)],
    actions: [askButton("me", "My spend"), askButton("team", "My team")],
  };
}

export const whoami: Command<undefined> = {
  name: "whoami",
  usage: "whoami",
  summary: "Who you are here, and what you may see.",
  isOpen: true,
  parse: () => undefined,
  run,
};
