import { Command, CommanderError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import type { CommandLine, ExitCode } from "./command-line.ts";

type Add = (program: Command, line: CommandLine) => void;

/** Every command, one file each in commands/; loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  start: async () => (await import("./commands/start.ts")).addStart,
  plan: async () => (await import("./commands/plan.ts")).addPlan,
  apply: async () => (await import("./commands/apply.ts")).addApply,
  org: async () => (await import("./commands/org.ts")).addOrg,
  scopes: async () => (await import("./commands/scopes.ts")).addScopes,
  people: async () => (await import("./commands/people.ts")).addPeople,
  connect: async () => (await import("./commands/connect.ts")).addConnect,
  connections: async () => (await import("./commands/connections.ts")).addConnections,
  disconnect: async () => (await import("./commands/connections.ts")).addDisconnect,
  gateway: async () => (await import("./commands/gateway.ts")).addGateway,
  charge: async () => (await import("./commands/charge.ts")).addCharge,
  credits: async () => (await import("./commands/charge.ts")).addCredits,
  import: async () => (await import("./commands/import.ts")).addImport,
  experiment: async () => (await import("./commands/experiment.ts")).addExperiment,
  outcomes: async () => (await import("./commands/outcomes.ts")).addOutcomes,
  ask: async () => (await import("./commands/ask.ts")).addAsk,
  prices: async () => (await import("./commands/prices.ts")).addPrices,
  diff: async () => (await import("./commands/diff.ts")).addDiff,
  usage: async () => (await import("./commands/usage.ts")).addUsage,
  map: async () => (await import("./commands/map.ts")).addMap,
  ledger: async () => (await import("./commands/ledger.ts")).addLedger,
  key: async () => (await import("./commands/key.ts")).addKey,
  driver: async () => (await import("./commands/driver.ts")).addDriver,
  cap: async () => (await import("./commands/cap.ts")).addCap,
  block: async () => (await import("./commands/block.ts")).addBlock,
  unblock: async () => (await import("./commands/block.ts")).addUnblock,
  audit: async () => (await import("./commands/audit.ts")).addAudit,
  token: async () => (await import("./commands/token.ts")).addToken,
  link: async () => (await import("./commands/link.ts")).addLink,
  person: async () => (await import("./commands/person.ts")).addPerson,
  claim: async () => (await import("./commands/claim.ts")).addClaim,
  attribute: async () => (await import("./commands/attribute.ts")).addAttribute,
  inventory: async () => (await import("./commands/inventory.ts")).addInventory,
  vendors: async () => (await import("./commands/inventory.ts")).addVendors,
  reconcile: async () => (await import("./commands/reconcile.ts")).addReconcile,
  showback: async () => (await import("./commands/showback.ts")).addShowback,
  review: async () => (await import("./commands/review.ts")).addReview,
  board: async () => (await import("./commands/board.ts")).addBoard,
  statement: async () => (await import("./commands/statement.ts")).addStatement,
  focus: async () => (await import("./commands/focus.ts")).addFocus,
  outbox: async () => (await import("./commands/outbox.ts")).addOutbox,
  jobs: async () => (await import("./commands/jobs.ts")).addJobs,
  db: async () => (await import("./commands/db.ts")).addDb,
  demo: async () => (await import("./commands/demo.ts")).addDemo,
  doctor: async () => (await import("./commands/doctor.ts")).addDoctor,
};

/** The program with the command that the words begin with, else with all of them. */
export async function createProgram(line: CommandLine, words: readonly string[]): Promise<Command> {
  const program = new Command("aispend")
    .description("What every team, project and agent spends on AI.")
    .version(manifest.version, "--version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => line.out.write(text),
      writeErr: (text) => line.err.write(text),
    })
    .showHelpAfterError("Run with --help for how it is written.")
    .showSuggestionAfterError()
    .helpCommand(false);
  const named = Object.hasOwn(COMMANDS, words[0] ?? "") ? COMMANDS[words[0] ?? ""] : undefined;
  for (const load of named === undefined ? Object.values(COMMANDS) : [named]) {
    const add = await load();
    add(program, line);
  }
  return program;
}

/** Runs one command line and says how it ended. */
export async function run(line: CommandLine, words: readonly string[]): Promise<ExitCode> {
  const program = await createProgram(line, words);
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
