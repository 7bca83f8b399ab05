import type { Command } from "commander";
import { wordsOf } from "#apps/chat/grammar/words.ts";
import {
  flagOf,
  type InventoryWords,
  readInventoryWords,
  spellInventory,
} from "#apps/chat/inventory/inventory-words.ts";
import type { Answer } from "#core/answers/schema.ts";
import { AispendError } from "#core/errors.ts";
import { type ActorOptions, AS_OPTION, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { outcomeOf, type Spoken, speakAs } from "../person-brain.ts";
import { personCommand } from "../person-command.ts";
import { report } from "../report.ts";

interface ListOptions extends ActorOptions {
  flag?: string[];
  csv?: boolean;
}

export function addInventory(program: Command, line: CommandLine): void {
  const inventory = program
    .command("inventory")
    .description("accounts, keys, seats and models: whose they are, and what is to be decided")
    .argument("[what...]", "accounts, keys, seats, models, payments, all, or a name")
    .option("--flag <flags...>", "ownerless, idle, shared, new, contract, review or reopened")
    .option("--csv", "every field of every line, as CSV")
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((what: string[], options: ListOptions) =>
      report(line, options.json === true, () => list(line, what, options)),
    );
  addDecisions(inventory, line);
  addDetails(inventory, line);
}

function asked(what: readonly string[], flags: readonly string[]): InventoryWords {
  const words = readInventoryWords(wordsOf(what.join(" ")));
  const named = flags.map(flagOf);
  return named.length === 0 ? words : { ...words, all: false, flags: [...words.flags, ...named] };
}

function list(line: CommandLine, what: string[], options: ListOptions): Promise<Outcome> {
  const text = spellInventory(asked(what, options.flag ?? []));
  return withDatabase(line, async ({ pool }) => {
    const { brain, from } = await speakAs(line, pool, options, "unproven");
    const answer = await brain.ask({ ...from, text });
    const outcome = outcomeOf(answer);
    const { download } = answer;
    return options.csv === true && download !== undefined
      ? { ...outcome, text: download.csv }
      : outcome;
  });
}

/** The button that the thing's own card shows: what it is about is decided where it was read. */
async function pressed(
  { brain, from }: Spoken,
  words: readonly string[],
  verb: string,
  values: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer> {
  const card = await brain.ask({ ...from, text: spellInventory(asked(words, [])) });
  const action = card.actions.find(
    (one) =>
      (one.kind === "press" && one.verb === verb) || (one.kind === "form" && one.form === verb),
  );
  if (action === undefined || !("token" in action)) return card;
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const { token } = action;
  return brain.press({ ...from, verb, token, values: Object.fromEntries(given) });
}

interface AssignOptions extends ActorOptions {
  to: string;
  scope?: string;
  costCentre?: string;
  use?: string;
}

function addDecisions(inventory: Command, line: CommandLine): void {
  const THING = ["<thing...>", "its kind and name, such as key ci-nightly"] as const;
  const simple = [
    ["claim", "answer for it yourself", "inventory_claim"],
    ["retire", "it is not to be used any more; a key issued here is revoked", "inventory_retire"],
    ["undo", "take the last decision about it back", "inventory_undo"],
  ] as const;
  for (const [name, said, verb] of simple) {
    const command = inventory
      .command(name)
      .description(said)
      .argument(...THING);
    personCommand(command, line, "proven", (words) => (spoken) => pressed(spoken, words, verb));
  }
  const assign = inventory
    .command("assign")
    .description("say who answers for it")
    .argument(...THING)
    .requiredOption("--to <person>", "name or e-mail address")
    .option("--scope <path>", "of a key: where its spend belongs from now on")
    .option("--cost-centre <name>", "its cost centre")
    .option("--use <text>", "what it may be used for");
  personCommand<AssignOptions>(assign, line, "proven", (words) => (spoken, _pool, options) => {
    const { costCentre: cost_centre, scope, to, use } = options;
    return pressed(spoken, words, "inventory_assign", { to, scope, cost_centre, use });
  });
}

interface DetailOptions extends ActorOptions {
  costCentre?: string;
  use?: string;
  procurement?: string;
  contractFrom?: string;
  contractUntil?: string;
  noticeDays?: string;
  payment?: string;
}

function addDetails(inventory: Command, line: CommandLine): void {
  const set = inventory
    .command("set")
    .description("what only people know: use, contract, how it is bought; aispend.yaml keeps it")
    .argument("<thing...>", "its kind and name, such as account openai-main")
    .option("--cost-centre <name>", "its cost centre")
    .option("--use <text>", "what it may be used for")
    .option("--procurement <way>", "pay_as_you_go, committed, prepaid, seats or marketplace")
    .option("--contract-from <day>", "the first day, YYYY-MM-DD")
    .option("--contract-until <day>", "the last day, YYYY-MM-DD")
    .option("--notice-days <days>", "days of notice before the end")
    .option("--payment <key>", "key of a payment method of aispend.yaml");
  personCommand<DetailOptions>(
    set,
    line,
    "proven",
    (words) => (spoken, _pool, options) =>
      pressed(spoken, words, "inventory_details", {
        cost_centre: options.costCentre,
        use: options.use,
        procurement: options.procurement,
        from: options.contractFrom,
        until: options.contractUntil,
        notice: options.noticeDays,
        payment: options.payment,
      }),
  );
}

interface VendorOptions extends ActorOptions {
  decide?: string;
  because?: string;
  next?: string;
  csv?: boolean;
}

export function addVendors(program: Command, line: CommandLine): void {
  program
    .command("vendors")
    .description("what a year costs at each vendor, which review is due, what was decided")
    .argument("[name]", "one of them")
    .option("--decide <decision>", "keep, keep_with_conditions, replace or stop; needs --because")
    .option("--because <reason>", "why it was decided so")
    .option("--next <day>", "the next review, YYYY-MM-DD")
    .option("--csv", "the list as CSV")
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((name: string | undefined, options: VendorOptions & CommonOptions) =>
      report(line, options.json === true, () => vendors(line, name, options)),
    );
}

async function vendors(
  line: CommandLine,
  name: string | undefined,
  options: VendorOptions,
): Promise<Outcome> {
  const { because: reason = "", csv, decide: decision, next = "" } = options;
  if (decision !== undefined && name === undefined) {
    throw new AispendError("vendor_missing", "--decide needs the name of a vendor", {
      help: "Write for example: aispend vendors openai --decide keep --because ...",
    });
  }
  return withDatabase(line, async ({ pool }) => {
    const proof = decision === undefined ? "unproven" : "proven";
    const { brain, from } = await speakAs(line, pool, options, proof);
    const text = name === undefined ? "vendors" : `vendors "${name}"`;
    const card = await brain.ask({ ...from, text });
    const form = card.actions.find((one) => one.kind === "form" && one.form === "vendor_decide");
    if (decision !== undefined && name !== undefined && form?.kind === "form") {
      const values = { decision, reason, next };
      const { token } = form;
      return outcomeOf(await brain.press({ ...from, verb: "vendor_decide", token, values }));
    }
    const outcome = outcomeOf(card);
    const { download } = card;
    return csv === true && download !== undefined ? { ...outcome, text: download.csv } : outcome;
  });
}
