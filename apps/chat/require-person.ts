import type { Asking } from "./asking.ts";
import { Refusal } from "./refusal.ts";
import { requireProof } from "./require-proof.ts";
import type { SurfaceName } from "./surface.ts";

/** Who changes something, as the audit log names them. */
export interface Acting {
  readonly personId: number;
  readonly actorAccount: string;
  readonly surface: SurfaceName;
}

/** What is said to the operator, who is nobody: the question, why it is one, and what to do. */
export interface PersonWanted {
  readonly title: string;
  readonly why: string;
  readonly help?: string;
}

const HELP = "Do it in chat, or name yourself: --as EMAIL --code CODE.";

/**
 * Who presses or says it: a person, proven, whose right is decided where it is done. Throws
 * `proof_needed` and `person_needed`.
 */
export function requirePerson({ asker, surface }: Asking, wanted: PersonWanted): Acting {
  requireProof(asker);
  if (asker.personId !== undefined) {
    return { personId: asker.personId, actorAccount: asker.account, surface };
  }
  const { title, why, help = HELP } = wanted;
  throw new Refusal("person_needed", title, why, { kind: "forbidden", help });
}
