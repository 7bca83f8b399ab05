import type { Command } from "commander";
import { createBrain } from "#apps/chat/brain.ts";
import type { Question } from "#apps/chat/surface.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { readCapSpend } from "#core/enforcement/cap-spend.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import type { Directory } from "#core/org/directory.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorAccount } from "../operator.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf, personOf } from "../organization.ts";
import { report } from "../report.ts";

interface AskOptions extends CommonOptions {
  as?: string;
}

export function addAsk(program: Command, line: CommandLine): void {
  program
    .command("ask")
    .description("ask what one would ask in chat: aispend ask team payments last week")
    .argument("<question...>", "the question; quotes are optional")
    .option("--as <email>", "read what this person may read, instead of as the operator")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((words: string[], options: AskOptions) =>
      report(line, options.json === true, () => ask(line, words.join(" "), options)),
    );
}

function ask(line: CommandLine, text: string, options: AskOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const contextOf = cachedContexts(pool, line.clock);
    const brain = createBrain({
      pool,
      clock: line.clock,
      priceBookOf: async (orgId) => (await contextOf(orgId)).priceBook,
      readCapSpend,
    });
    const answer = await brain.ask({ ...askedBy(org, options.as), orgId: org.orgId, text });
    return {
      text: plainText(answer),
      json: answer,
      exitCode: answer.state === "ok" ? 0 : answer.state === "wrong_usage" ? 2 : 1,
    };
  });
}

function askedBy(
  org: Directory,
  email: string | undefined,
): Pick<Question, "asker" | "audience" | "surface"> {
  const account = operatorAccount();
  if (email === undefined) {
    const asker = { personId: undefined, operator: true, account };
    return { asker, audience: { kind: "operator" }, surface: "cli" };
  }
  const personId = personOf(org, email);
  const asker = { personId, operator: false, account, isUnproven: true } as const;
  return { asker, audience: { kind: "person", personId }, surface: "cli" };
}
