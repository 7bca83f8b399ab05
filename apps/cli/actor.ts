import type { Pool } from "pg";
import { AispendError } from "#core/errors.ts";
import type { Directory } from "#core/org/directory.ts";
import { redeemCommandLineCode } from "#core/org/identity.ts";
import type { TokenActor } from "#core/org/ingest-token.ts";
import { type Permission, requirePermission } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { CommandLine } from "./command-line.ts";
import { operatorAccount } from "./operator.ts";
import type { CommonOptions } from "./options.ts";
import { personOf } from "./organization.ts";

export interface ActorOptions extends CommonOptions {
  as?: string;
  code?: string;
}

export const AS_OPTION = ["--as <email>", "act as this person, proven by --code"] as const;
export const CODE_OPTION = [
  "--code <code>",
  "a one-time code of that person; they get it in chat with: code",
] as const;

/** The right that a person needs; the operator of the installation needs none. */
export interface NeededRight {
  action: Permission;
  scopeId: number;
}

/**
 * Who changes something, as the audit log will name them: the operator, or a person proven by a
 * one-time code who may do it. Throws `code_missing`, `code_wrong` or `not_permitted`.
 */
export async function actorOf(
  line: CommandLine,
  pool: Pool,
  org: Directory,
  options: ActorOptions,
  right: NeededRight,
): Promise<TokenActor> {
  const actorAccount = operatorAccount();
  if (options.as === undefined) return { actor: "operator", actorAccount, surface: "cli" };
  const personId = personOf(org, options.as);
  const now = line.clock();
  if (options.code === undefined) {
    throw new AispendError("code_missing", `--as ${options.as} needs a proof`, {
      help: "Ask aispend for a code in a private chat (code), and add --code.",
    });
  }
  requirePermission(await loadRoster(pool, org.orgId), personId, { ...right, now });
  if (!(await redeemCommandLineCode(pool, org.orgId, personId, options.code, now))) {
    throw new AispendError("code_wrong", "the code is wrong, used or older than 15 minutes", {
      kind: "unauthenticated",
      help: "Ask for a new one in a private chat: code.",
    });
  }
  return { actor: personId, actorAccount, surface: "cli" };
}
