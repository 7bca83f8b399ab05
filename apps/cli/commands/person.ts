import type { Command } from "commander";
import { forgetPerson } from "#core/org/forget.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorActor } from "../operator.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf, personOf } from "../organization.ts";
import { report } from "../report.ts";

export function addPerson(program: Command, line: CommandLine): void {
  program
    .command("person")
    .description("people's data")
    .command("forget")
    .description("erase what identifies a person; their spend stays on an id that names nobody")
    .argument("<email>", "e-mail or key; take the person out of aispend.yaml first")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((email: string, options: CommonOptions) =>
      report(line, options.json === true, () => forget(line, email, options)),
    );
}

function forget(line: CommandLine, email: string, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const personId = personOf(org, email);
    const by = operatorActor();
    const forgotten = await forgetPerson(pool, org.orgId, personId, by, line.clock());
    const text =
      `Person ${personId} is forgotten: name, e-mail, logins and ${forgotten.links} chat ` +
      "accounts are erased. Their spend stays on a number that names nobody.";
    return { text, json: forgotten };
  });
}
