import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { record } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { appendClaim } from "#core/ledger/claim.ts";
import { findDimensionValues } from "#core/ledger/spend.ts";
import { formatUsd, usdDecimal } from "#core/money.ts";
import { chainOf, NO_CHAIN, pathOf } from "#core/org/directory.ts";
import { addDays, localDay, parseDay } from "#core/time.ts";
import { type ActorOptions, AS_OPTION, actorOf, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";
import { scopeOf } from "../scope.ts";

interface ClaimOptions extends ActorOptions {
  for: string;
  from: string;
  to?: string;
}

export function addClaim(program: Command, line: CommandLine): void {
  program
    .command("claim")
    .description("book unattributed spend of a key to a scope, by corrections in the ledger")
    .argument("<key>", "the key as `unattributed` names it")
    .requiredOption("--for <scope>", "team, team/project or team/project/agent that it belongs to")
    .requiredOption("--from <day>", "first day, YYYY-MM-DD")
    .option("--to <day>", "last day, included; today unless given")
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((key: string, options: ClaimOptions) =>
      report(line, options.json === true, () => claim(line, key, options)),
    );
}

function claim(line: CommandLine, key: string, options: ClaimOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const { orgId } = org;
    const scope = scopeOf(org, options.for);
    const path = pathOf(org.scopes, scope.id);
    const now = line.clock();
    const start = parseDay(options.from);
    const last = options.to === undefined ? localDay(now, org.timeZone) : parseDay(options.to);
    const values = await findDimensionValues(pool, orgId, "key", key);
    const keyId = values.find(({ value }) => value === key)?.id;
    if (keyId === undefined) {
      throw new AispendError("key_not_found", `no usage came by a key '${key}'`, {
        kind: "not_found",
        help: "See what has no owner: aispend ask unattributed",
      });
    }
    const right = { action: "claim_spend", scopeId: scope.id } as const;
    const by = await actorOf(line, pool, org, options, right);
    const claimId = randomUUID();
    const moved = await transaction(pool, async (tx) => {
      const after = { claimId, keyId, from: start, to: last };
      const action = "spend.claimed";
      // First: the log's head is a lock, so that of two claims at once the second finds nothing left.
      await record(tx, { ...by, orgId, action, subject: `scope:${scope.id}`, after, at: now });
      return appendClaim(tx, {
        orgId,
        claimId,
        from: NO_CHAIN,
        to: chainOf(org.scopes, scope.id),
        period: { start, end: addDays(last, 1) },
        keyId,
        recordedAt: now,
      });
    });
    const text =
      moved.moved === 0
        ? `Nothing to claim: ${key} has no unattributed spend from ${start} to ${last}.`
        : `${formatUsd(moved.cost)} of ${moved.requests} calls by ${key} are booked to ${path}.`;
    const json = { key, scope: path, from: start, to: last, claimId, ...moved };
    return { text, json: { ...json, cost: usdDecimal(moved.cost) } };
  });
}
