import type { Command } from "commander";
import { record } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { discardMessage, listMessages, retryMessage } from "#core/outbox/service.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorActor } from "../operator.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

export function addOutbox(program: Command, line: CommandLine): void {
  const outbox = program
    .command("outbox")
    .description("messages that are owed to people and not delivered yet, and why");
  outbox
    .command("list", { isDefault: true })
    .description("what is queued, being sent or parked")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => list(line, options)),
    );
  for (const verb of ["retry", "discard"] as const) {
    outbox
      .command(verb)
      .description(verb === "retry" ? "send a parked message again" : "give a message up")
      .argument("<id>", "its number in the list")
      .option(...ORG_OPTION)
      .option(...JSON_OPTION)
      .action((id: string, options: CommonOptions) =>
        report(line, options.json === true, () => settle(line, verb, id, options)),
      );
  }
}

function list(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const messages = await listMessages(pool, org.orgId);
    const lines = messages.map(
      ({ id, surface, destination, kind, state, attempts, reason }) =>
        `${id}  ${state}  ${kind} to ${surface} ${destination}, ${attempts} tries` +
        (reason === null ? "" : `: ${reason}`),
    );
    const text = lines.length === 0 ? "Every message was delivered." : lines.join("\n");
    return { text, json: messages };
  });
}

function settle(
  line: CommandLine,
  verb: "retry" | "discard",
  text: string,
  options: CommonOptions,
): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    if (!/^\d{1,18}$/.test(text)) {
      throw new AispendError("message_id_invalid", `'${text}' is not the number of a message`, {
        help: "List them: aispend outbox",
      });
    }
    const id = BigInt(text);
    const at = line.clock();
    await transaction(pool, async (tx) => {
      if (verb === "retry") await retryMessage(tx, org.orgId, id, at);
      else await discardMessage(tx, org.orgId, id);
      const action = verb === "retry" ? "outbox_message.retried" : "outbox_message.discarded";
      const subject = `outbox_message:${id}`;
      await record(tx, { ...operatorActor(), orgId: org.orgId, action, subject, at });
    });
    const done = verb === "retry" ? "is queued again" : "is given up";
    return { text: `Message ${id} ${done}.`, json: { id, state: verb } };
  });
}
