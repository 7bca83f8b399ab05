import type { Asking } from "../asking.ts";
import { type Acting, requirePerson } from "../require-person.ts";

/** Who decides it: a person, whose right is decided where it is written. */
export function requireSetter(asking: Asking): Acting {
  return requirePerson(asking, {
    title: "Who decides it?",
    why: "It is decided by a person who answers for it, not by the operator of the installation.",
    help: "Do it in chat, or name yourself with a code: code",
  });
}
