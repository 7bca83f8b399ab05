import { Command, CommanderError } from "commander";
import type { CommandLine, ExitCode } from "./command-line.ts";
import { addApply } from "./commands/apply.ts";
import { addAsk } from "./commands/ask.ts";
import { addAudit } from "./commands/audit.ts";
import { addClaim } from "./commands/claim.ts";
import { addDb } from "./commands/db.ts";
import { addDemo } from "./commands/demo.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addImport } from "./commands/import.ts";
import { addJobs } from "./commands/jobs.ts";
import { addLedger } from "./commands/ledger.ts";
import { addLink } from "./commands/link.ts";
import { addOrg } from "./commands/org.ts";
import { addOutbox } from "./commands/outbox.ts";
import { addPeople } from "./commands/people.ts";
import { addPerson } from "./commands/person.ts";
import { addPlan } from "./commands/plan.ts";
import { addPrices } from "./commands/prices.ts";
import { addScopes } from "./commands/scopes.ts";
import { addStart } from "./commands/start.ts";
import { addToken } from "./commands/token.ts";

/** Every command of the command line, one file each in commands/. */
const COMMANDS: readonly ((program: Command, line: CommandLine) => void)[] = [
  addStart,
  addPlan,
  addApply,
  addOrg,
  addScopes,
  addPeople,
  addImport,
  addAsk,
  addPrices,
  addLedger,
  addAudit,
  addToken,
  addLink,
  addPerson,
  addClaim,
  addOutbox,
  addJobs,
  addDb,
  addDemo,
  addDoctor,
];

export function createProgram(line: CommandLine): Command {
  const program = new Command("aispend")
    .description("What every team, project and agent spends on AI.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => line.out.write(text),
      writeErr: (text) => line.err.write(text),
    })
    .showHelpAfterError("Run with --help for how it is written.")
    .showSuggestionAfterError()
    .helpCommand(false);
  for (const add of COMMANDS) add(program, line);
  return program;
}

/** Runs one command line and says how it ended. */
export async function run(line: CommandLine, words: readonly string[]): Promise<ExitCode> {
  const program = createProgram(line);
  if (words.length === 0) {
    program.outputHelp();
    return 2;
  }
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return line.exitCode;
}
