import { userInfo } from "node:os";

/** Whoever can run the command line beside the database is the operator, and is logged as that. */
export function operatorAccount(): string {
  return `cli:${userInfo().username}`;
}

export function operatorActor() {
  return { actor: "operator", actorAccount: operatorAccount(), surface: "cli" } as const;
}
