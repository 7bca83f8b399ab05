import { type FileHandle, open, unlink } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Pool } from "pg";
import { takeBack } from "#apps/chat/not-shown.ts";
import type { Answer } from "#core/answers/schema.ts";
import { AispendError } from "#core/errors.ts";
import { findKeyByName } from "#core/keys/lookup.ts";
import { type ActorOptions, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { JSON_OPTION, ORG_OPTION } from "../options.ts";
import { outcomeOf, type Spoken, speakAs } from "../person-brain.ts";
import { personCommand, type Work } from "../person-command.ts";
import { report } from "../report.ts";

function press({ brain, from }: Spoken, verb: string, token: string, values: Values = {}) {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return brain.press({ ...from, verb, token, values: Object.fromEntries(given) });
}
type Values = Readonly<Record<string, string | undefined>>;

async function idOf(pool: Pool, { from }: Spoken, name: string): Promise<string> {
  const key = await findKeyByName(pool, from.orgId, name.toLowerCase());
  if (key !== undefined) return String(key.id);
  throw new AispendError("key_not_found", `there is no key '${name}' that was issued here`, {
    kind: "not_found",
    help: "See which there are: aispend key list",
  });
}

export function addKey(program: Command, line: CommandLine): void {
  const key = program.command("key").description("ask for, approve and look after keys");
  addReading(key, line);
  addRequest(key, line);
  addDecisions(key, line);
  addLife(key, line);
  addReveal(key, line);
}

function addReading(key: Command, line: CommandLine): void {
  const ask =
    (text: string): Work<ActorOptions> =>
    ({ brain, from }) =>
      brain.ask({ ...from, text });
  personCommand(
    key.command("list").description("keys of a scope").argument("[scope]", "such as payments"),
    line,
    "unproven",
    ([scope]) => ask(scope === undefined ? "keys" : `keys ${scope}`),
  );
  personCommand(
    key.command("show").description("a key: state, use against its cap").argument("<name>"),
    line,
    "unproven",
    ([name = ""]) => ask(`key "${name}"`),
  );
  personCommand(
    key.command("requests").description("what waits for a decision"),
    line,
    "unproven",
    () => ask("key requests"),
  );
}

interface RequestOptions extends ActorOptions {
  scope: string;
  use: string;
  cap: string;
  period?: string;
  models?: string;
  until?: string;
  environment?: string;
  job?: string;
  service?: string;
  owner?: string;
  name?: string;
}

function addRequest(key: Command, line: CommandLine): void {
  const command = key
    .command("request")
    .description("ask for a key; whoever answers for the scope decides")
    .requiredOption("--scope <path>", "such as payments or payments/disputes")
    .requiredOption("--use <text>", "what it is for")
    .requiredOption("--cap <dollars>", "what it may use in a period")
    .option("--period <period>", "day, week or month", "month")
    .option("--models <names>", "with commas; any unless given")
    .option("--until <day>", "the last day, YYYY-MM-DD")
    .option("--environment <name>", "such as ci")
    .option("--job <name>", "the CI job")
    .option("--service <name>", "the service that it is for, instead of you")
    .option("--owner <email>", "who answers for the service")
    .option("--name <name>", "name of the key");
  personCommand<RequestOptions>(command, line, "proven", () => (spoken, _pool, options) => {
    const { scope, use, cap, period, models, until, environment, job, service, owner, name } =
      options;
    const values = { scope, use, cap, period, models, until, environment, job, service, owner };
    return press(spoken, "key_request", "new", { ...values, name });
  });
}

interface ApproveOptions extends ActorOptions {
  cap?: string;
  models?: string;
  until?: string;
}

function addDecisions(key: Command, line: CommandLine): void {
  const approve = key
    .command("approve")
    .description("approve a request, by its number; with less, where that is enough")
    .argument("<number>")
    .option("--cap <dollars>", "a lower cap")
    .option("--models <names>", "fewer models, with commas")
    .option("--until <day>", "a shorter life");
  personCommand<ApproveOptions>(
    approve,
    line,
    "proven",
    ([id = ""]) =>
      (spoken, _pool, options) => {
        const { cap, models, until } = options;
        if (cap === undefined && models === undefined && until === undefined) {
          return press(spoken, "key_approve", id);
        }
        return changed(spoken, id, { cap, models, until });
      },
  );
  const deny = key
    .command("deny")
    .description("deny a request")
    .argument("<number>")
    .requiredOption("--reason <text>", "the one who asked reads it");
  personCommand<ActorOptions & { reason: string }>(
    deny,
    line,
    "proven",
    ([id = ""]) =>
      (spoken, _pool, { reason }) =>
        press(spoken, "key_deny", id, { reason }),
  );
  for (const [name, said] of [
    ["undo", "take an approval back, until the secret is revealed"],
    ["withdraw", "withdraw a request of your own"],
  ] as const) {
    const command = key.command(name).description(said).argument("<number>");
    personCommand(
      command,
      line,
      "proven",
      ([id = ""]) =>
        (spoken) =>
          press(spoken, `key_${name}`, id),
    );
  }
}

/** The form's press wants a cap: where none is given it is the one that was asked for. */
async function changed(spoken: Spoken, id: string, values: Values): Promise<Answer> {
  if (values.cap !== undefined) return press(spoken, "key_approve_changed", id, values);
  const form = await spoken.brain.form("key_change", id, spoken.from);
  if (!("fields" in form)) return form;
  const cap = form.fields.find(({ name }) => name === "cap")?.initial;
  return press(spoken, "key_approve_changed", id, { ...values, cap });
}

function addLife(key: Command, line: CommandLine): void {
  for (const [step, said] of [
    ["suspend", "the gateway refuses it until it is resumed"],
    ["resume", "a suspended key works again"],
    ["revoke", "the gateway refuses it, for good"],
  ] as const) {
    const command = key.command(step).description(said).argument("<name>");
    personCommand(
      command,
      line,
      "proven",
      ([name = ""]) =>
        async (spoken, pool) =>
          press(spoken, "key_step", `${step}|${await idOf(pool, spoken, name)}`),
    );
  }
  const rotate = key
    .command("rotate")
    .description("a new secret; the old one works for a while beside it")
    .argument("<name>")
    .option("--overlap <hours>", "how long the old one works; 0 where it is lost", "24");
  personCommand<ActorOptions & { overlap: string }>(
    rotate,
    line,
    "proven",
    ([name = ""]) =>
      async (spoken, pool, { overlap }) =>
        press(spoken, "key_rotate", await idOf(pool, spoken, name), { overlap }),
  );
  const give = key
    .command("give")
    .description("give a key to another owner")
    .argument("<name>")
    .requiredOption("--to <email>", "the new owner");
  personCommand<ActorOptions & { to: string }>(
    give,
    line,
    "proven",
    ([name = ""]) =>
      async (spoken, pool, { to }) =>
        press(spoken, "key_transfer", await idOf(pool, spoken, name), { to }),
  );
  const raise = key
    .command("raise")
    .description("ask for another cap; the same approval as for the key")
    .argument("<name>")
    .argument("<dollars>")
    .requiredOption("--reason <text>", "kept in the audit log")
    .option("--period <period>", "day, week or month", "month")
    .option("--until <day>", "until the end of this day; for good unless given");
  personCommand<ActorOptions & { reason: string; period: string; until?: string }>(
    raise,
    line,
    "proven",
    ([name = "", cap = ""]) =>
      async (spoken, pool, { reason, period, until }) =>
        press(spoken, "key_raise", `${await idOf(pool, spoken, name)}|${period}`, {
          cap,
          reason,
          until,
        }),
  );
}

interface RevealOptions extends ActorOptions {
  to: string;
}

function addReveal(key: Command, line: CommandLine): void {
  const command = key
    .command("reveal")
    .description("write the secret of a key to a new file that you alone can read, once")
    .argument("<name>")
    .requiredOption("--to <file>", "a file that is not there yet; it gets mode 0600")
    .requiredOption("--as <email>", "the one who asked for the key")
    .requiredOption("--code <code>", CODE_OPTION[1])
    .option(...ORG_OPTION)
    .option(...JSON_OPTION);
  command.action((name: string, options: RevealOptions) =>
    report(line, options.json === true, () =>
      withDatabase(line, async ({ pool }) => {
        const spoken = await speakAs(line, pool, options, "proven");
        return revealTo(
          spoken,
          await idOf(pool, spoken, name),
          resolve(line.workingFolder, options.to),
        );
      }),
    ),
  );
}

/**
 * The file first: where it cannot be made, nothing is minted. Where it cannot be written, taken
 * back.
 */
async function revealTo(spoken: Spoken, id: string, file: string): Promise<Outcome> {
  const handle = await openNew(file);
  try {
    const shown = await spoken.brain.form("key_reveal", id, spoken.from);
    if ("fields" in shown) throw new Error("a secret is no form");
    if (shown.secret === undefined) {
      await unlink(file);
      return outcomeOf(shown);
    }
    try {
      await handle.writeFile(`${shown.secret.value}\n`);
      await handle.sync();
    } catch (error) {
      await takeBack(spoken.brain, shown, spoken.from)?.();
      throw error;
    }
    const text = `The secret of ${shown.secret.label} is in ${file}, which you alone can read.`;
    return { text, json: { key: shown.secret.label, file, written: true } };
  } finally {
    await handle.close();
  }
}

async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new AispendError("file_exists", `${file} is there already`, {
      kind: "conflict",
      help: "Name a file that is not there; nothing was revealed.",
    });
  }
}
