import type { Command } from "commander";
import { linkAsOperator } from "#core/org/identity.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

export function addLink(program: Command, line: CommandLine): void {
  program
    .command("link")
    .description("say as the operator who a chat account is; it is logged that you vouched for it")
    .argument("<account>", "as whoami shows it in chat: slack:T01:U02")
    .argument("<email>", "the person's address in aispend.yaml")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((account: string, email: string, options: CommonOptions) =>
      report(line, options.json === true, () => link(line, account, email, options)),
    );
}

function link(
  line: CommandLine,
  account: string,
  email: string,
  options: CommonOptions,
): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const personId = await linkAsOperator(pool, org.orgId, account, email, line.clock());
    return { text: `${account} is ${email} now.`, json: { account, personId } };
  });
}
