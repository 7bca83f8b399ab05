import type { Pool } from "pg";
import { createBrain } from "#apps/chat/brain.ts";
import type { Brain, Press } from "#apps/chat/surface.ts";
import { plainText } from "#core/answers/plain-text.ts";
import type { Answer } from "#core/answers/schema.ts";
import { readCapSpend } from "#core/enforcement/cap-spend.ts";
import { AispendError } from "#core/errors.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { redeemCommandLineCode } from "#core/org/identity.ts";
import type { ActorOptions } from "./actor.ts";
import type { CommandLine, Outcome } from "./command-line.ts";
import { operatorAccount } from "./operator.ts";
import { organizationOf, personOf } from "./organization.ts";

export type From = Pick<Press, "orgId" | "asker" | "audience" | "surface">;

export interface Spoken {
  readonly brain: Brain;
  readonly from: From;
}

export function brainFor(line: CommandLine, pool: Pool): Brain {
  const contextOf = cachedContexts(pool, line.clock);
  return createBrain({
    pool,
    clock: line.clock,
    priceBookOf: async (orgId) => (await contextOf(orgId)).priceBook,
    readCapSpend,
  });
}

/**
 * The chat's brain for the one on the command line: the operator, or a person proven by a one-time
 * code from chat. What they may is decided where it is done, as in chat. Throws `code_missing`,
 * `code_wrong`.
 */
export async function speakAs(
  line: CommandLine,
  pool: Pool,
  options: ActorOptions,
  proof: "proven" | "unproven",
): Promise<Spoken> {
  const org = await organizationOf(line, pool, options.org);
  const { orgId } = org;
  const account = operatorAccount();
  const brain = brainFor(line, pool);
  if (options.as === undefined) {
    const asker = { personId: undefined, operator: true, account };
    return { brain, from: { orgId, asker, audience: { kind: "operator" }, surface: "cli" } };
  }
  const personId = personOf(org, options.as);
  if (proof === "proven") await requireProof(line, pool, orgId, personId, options.code);
  const asker = { personId, operator: false, account };
  return { brain, from: { orgId, asker, audience: { kind: "person", personId }, surface: "cli" } };
}

async function requireProof(
  line: CommandLine,
  pool: Pool,
  orgId: number,
  personId: number,
  code: string | undefined,
): Promise<void> {
  if (code === undefined) {
    throw new AispendError("code_missing", "--as needs a proof", {
      help: "Ask aispend for a code in a private chat (code), and add --code.",
    });
  }
  if (await redeemCommandLineCode(pool, orgId, personId, code, line.clock())) return;
  throw new AispendError("code_wrong", "the code is wrong, used or older than 15 minutes", {
    kind: "unauthenticated",
    help: "Ask for a new one in a private chat: code.",
  });
}

/** An Answer as a command ends; its secret, if it has one, is in neither text nor JSON. */
export function outcomeOf({ secret: _secret, ...answer }: Answer): Outcome {
  return {
    text: plainText(answer),
    json: answer,
    exitCode: answer.state === "ok" ? 0 : answer.state === "wrong_usage" ? 2 : 1,
  };
}
