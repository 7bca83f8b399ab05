import type { Setter } from "#core/budgets/service.ts";
import type { Asking } from "../asking.ts";
import { Refusal } from "../refusal.ts";
import { requireProof } from "../require-proof.ts";

/** Who sets a budget: a person, whose right is decided where it is written. */
export function requireSetter({ asker, surface }: Asking): Setter {
  requireProof(asker);
  if (asker.personId !== undefined) {
    return { personId: asker.personId, actorAccount: asker.account, surface };
  }
  throw new Refusal(
    "person_needed",
    "Who sets it?",
    "A budget is set by a person who answers for it, not by the operator of the installation.",
    { kind: "forbidden", help: "Set it in chat, or name yourself with a code: code" },
  );
}
