import { open, unlink } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Pool } from "pg";
import { driverOpener } from "#apps/connectors/gateways/open-driver.ts";
import { openSecretBox } from "#apps/server/secret-key.ts";
import { AispendError } from "#core/errors.ts";
import { type ByHand, regenerateByHand, switchByHand } from "#core/keys/driven-by-hand.ts";
import type { KeyDriver, ObservedKey } from "#core/keys/driver.ts";
import {
  addKeyGateway,
  checkKeyGateway,
  getKeyGateway,
  listKeyGateways,
  removeKeyGateway,
} from "#core/keys/key-gateway.ts";
import { CLASS_OF, KeyGateway } from "#core/keys/schema.ts";
import { formatUsd } from "#core/money.ts";
import type { Directory } from "#core/org/directory.ts";
import { type ActorOptions, AS_OPTION, actorOf, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { configOf, withDatabase } from "../database.ts";
import { JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface AddOptions extends ActorOptions {
  name?: string;
  url: string;
  project?: string;
  keyEnv: string;
  default?: boolean;
}

interface At {
  readonly line: CommandLine;
  readonly pool: Pool;
  readonly org: Directory;
  readonly options: ActorOptions & { to?: string; overlap?: string };
}

const AT_TOP = { action: "connect_source", scopeId: 0 } as const;

/** Each subcommand: who, where, and what it says. */
function sub(
  command: Command,
  line: CommandLine,
  work: (at: At, words: readonly string[]) => Promise<Outcome>,
): void {
  command
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((...given: unknown[]) => {
      const options = command.opts<At["options"]>();
      const words = given.slice(0, -2).filter((one) => typeof one === "string");
      return report(line, options.json === true, () =>
        withDatabase(line, async ({ pool }) => {
          const org = await organizationOf(line, pool, options.org);
          return work({ line, pool, org, options }, words);
        }),
      );
    });
}

export function addDriver(program: Command, line: CommandLine): void {
  const driver = program
    .command("driver")
    .description("drive gateways of others: LiteLLM, OpenAI service accounts, Anthropic");
  addKeeping(driver, line);
  const name = ["<gateway>", "as it was added"] as const;
  sub(
    driver
      .command("keys")
      .description("the keys that it has, as it says")
      .argument(...name),
    line,
    async (at, [gateway = ""]) => listed(await (await opened(at, gateway)).list()),
  );
  sub(
    driver
      .command("check")
      .description("what makes its caps weaker")
      .argument(...name),
    line,
    async (at, [gateway = ""]) => {
      const drives = await opened(at, gateway);
      const added = await getKeyGateway(at.pool, at.org.orgId, gateway);
      const weak = await checkKeyGateway(at.pool, drives, added, at.line.clock());
      const first = `${drives.title}: ${drives.enforcement}, ${drives.enforcementSaid}.`;
      const text = [first, ...weak.map(({ said, help }) => `- ${said}. ${help}`)].join("\n");
      return { text, json: { gateway, enforcement: drives.enforcement, weak } };
    },
  );
  for (const verb of ["block", "unblock"] as const) {
    sub(
      driver
        .command(verb)
        .description(`${verb} one of its keys`)
        .argument(...name)
        .argument("<id>"),
      line,
      async (at, [gateway = "", id = ""]) => {
        return listed([await switchByHand(at.pool, verb, await handOf(at, gateway, id))]);
      },
    );
  }
  sub(
    driver
      .command("regenerate")
      .description("a new secret for one of its keys, into a new file with mode 0600")
      .argument(...name)
      .argument("<key>", "the name of an issued key, or its id there")
      .requiredOption("--to <file>", "a file that is not there yet")
      .option("--overlap <hours>", "how long the old one works, where it knows that", "24"),
    line,
    (at, words) => regenerate(at, words),
  );
}

function addKeeping(driver: Command, line: CommandLine): void {
  const add = driver
    .command("add")
    .description("take a gateway into service; its admin key is sealed")
    .argument("<kind>", KeyGateway.shape.kind.options.join(", "))
    .requiredOption("--url <url>", "such as https://litellm.example.com or https://api.openai.com")
    .option("--name <name>", "what to call it; its kind unless given")
    .option("--project <id>", "of OpenAI: where service accounts are made")
    .requiredOption("--key-env <name>", "the environment variable that holds its admin key")
    .option("--default", "approved keys are made there from now on");
  sub(add, line, async (at, [kind = ""]) => {
    const options = add.opts<AddOptions>();
    const by = await actorOf(line, at.pool, at.org, options, AT_TOP);
    const parsed = KeyGateway.shape.kind.safeParse(kind);
    if (!parsed.success || (parsed.data === "anthropic" && options.default === true)) {
      throw new AispendError("gateway_invalid", `'${kind}' is none that keys can be made at`, {
        help:
          `There is ${KeyGateway.shape.kind.options.join(", ")}; Anthropic only lists and ` +
          "blocks.",
      });
    }
    const credential = adminKey(line, options.keyEnv);
    const { url: baseUrl, project } = options;
    const isDefault = options.default === true;
    const name = options.name ?? parsed.data;
    const wanted = { orgId: at.org.orgId, name, kind: parsed.data, baseUrl, project, isDefault };
    const box = openSecretBox(configOf(line));
    const made = await addKeyGateway(at.pool, box, { ...wanted, credential }, by, line.clock());
    const text =
      `${name} is driven from now on; its class is ${CLASS_OF[made.kind]}. ` +
      `${isDefault ? "Approved keys are made there. " : ""}Look: aispend driver check ${name}`;
    return { text, json: { name, kind: made.kind, class: CLASS_OF[made.kind], isDefault } };
  });
  sub(driver.command("list").description("driven gateways, with their class"), line, async (at) => {
    const all = await listKeyGateways(at.pool, at.org.orgId);
    const rows = all.map(({ name, kind, baseUrl, isDefault }) => ({
      ...{ name, kind, baseUrl, isDefault },
      class: CLASS_OF[kind],
    }));
    const lines = rows.map(
      (one) => `${one.name}  ${one.class}  ${one.baseUrl}${one.isDefault ? "  (default)" : ""}`,
    );
    const none = "No other gateway is driven; keys are made at aispend's own, which is hard.";
    return { text: lines.length === 0 ? none : lines.join("\n"), json: { gateways: rows } };
  });
  sub(
    driver
      .command("remove")
      .description("drive it no more; its admin key is erased")
      .argument("<name>"),
    line,
    async (at, [name = ""]) => {
      const { orgId } = at.org;
      const by = await actorOf(line, at.pool, at.org, at.options, AT_TOP);
      await removeKeyGateway(at.pool, { orgId, name, by, now: line.clock() });
      return { text: `${name} is not driven any more; its keys stay there.`, json: { name } };
    },
  );
}

/** From a variable, never an argument: the shell's history and the list of processes show those. */
function adminKey(line: CommandLine, variable: string): string {
  const key = line.environment[variable]?.trim() ?? "";
  if (/^[\x21-\x7e]{8,500}$/.test(key)) return key;
  throw new AispendError("key_missing", `${variable} holds no admin key`, {
    help: "Put the key into an environment variable and name it: --key-env NAME",
  });
}

async function opened({ line, pool, org }: At, name: string): Promise<KeyDriver> {
  const gateway = await getKeyGateway(pool, org.orgId, name);
  return driverOpener(openSecretBox(configOf(line)), line.clock)(gateway);
}

function amount(of: bigint | undefined | null): string {
  if (of === null) return "cap not known";
  return of === undefined ? "no cap" : `cap ${formatUsd(of)}`;
}

function listed(keys: readonly ObservedKey[]): Outcome {
  const lines = keys.map((key) => {
    const state = key.blocked ? "blocked" : "active";
    return `${key.externalId.slice(0, 24)}  ${key.name ?? "-"}  ${state}  ${amount(key.capAmount)}`;
  });
  return { text: lines.length === 0 ? "It has no keys." : lines.join("\n"), json: { keys } };
}

async function handOf(at: At, gateway: string, key: string): Promise<ByHand> {
  const { line, pool, org, options } = at;
  const by = await actorOf(line, pool, org, options, AT_TOP);
  const { orgId } = org;
  const driver = await opened(at, gateway);
  const named = await getKeyGateway(pool, orgId, gateway);
  return { orgId, gateway: named, driver, key, by, now: line.clock() };
}

async function regenerate(at: At, [gateway = "", name = ""]: readonly string[]): Promise<Outcome> {
  const { line, pool, options } = at;
  const hand = await handOf(at, gateway, name);
  const overlapHours = Number(options.overlap ?? "24");
  const file = resolve(line.workingFolder, options.to ?? "");
  // The file first: where it cannot be made, nothing is changed.
  const handle = await open(file, "wx", 0o600);
  try {
    const made = await regenerateByHand(pool, { ...hand, overlapHours });
    const id = made.observed.externalId;
    try {
      await handle.writeFile(`${made.secret}\n`);
    } catch (error) {
      // Nobody has seen it: it is stopped, and another one can be made.
      await switchByHand(pool, "block", { ...hand, key: id });
      throw error;
    }
    return { text: `The new secret is in ${file}.`, json: { file, id } };
  } catch (error) {
    await unlink(file);
    throw error;
  } finally {
    await handle.close();
  }
}
