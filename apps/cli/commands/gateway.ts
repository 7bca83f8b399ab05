import type { Command } from "commander";
import { type UpstreamAuth, upstreamOf } from "#apps/gateway/upstream.ts";
import { openSecretBox } from "#apps/server/secret-key.ts";
import type { StoredUpstream } from "#core/enforcement/schema.ts";
import {
  listUpstreams,
  putUpstream,
  removeUpstream,
  upstreamSubject,
} from "#core/enforcement/upstreams.ts";
import { AispendError } from "#core/errors.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorActor } from "../operator.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";
import { addCapCommands } from "./gateway-caps.ts";

interface AddOptions extends CommonOptions {
  readonly keyVariable?: string;
  readonly baseUrl?: string;
  readonly provider?: string;
  readonly outputLimit?: string;
  readonly onAbort?: string;
  readonly private?: boolean;
}

export function addGateway(program: Command, line: CommandLine): void {
  const gateway = program
    .command("gateway")
    .description("providers that the gateway passes requests on to");
  gateway
    .command("list", { isDefault: true })
    .description("which are connected; never with their keys")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => list(line, options)),
    );
  gateway
    .command("add")
    .description("connect a provider, or change it; its key is read from a variable and sealed")
    .argument("<name>", "openai, anthropic, gemini, or a name of yours: the first part of the path")
    .option("--key-variable <name>", "environment variable that holds the provider's key")
    .option("--base-url <url>", "of any provider that speaks OpenAI's format")
    .option("--provider <name>", "as its prices are known, where that is not the name")
    .option("--output-limit <tokens>", "limit of a request that names none (4096)")
    .option("--on-abort <policy>", "cancel (default) or drain a stream that its client left")
    .option("--private", "its host is in a private network, or it speaks http")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((name: string, options: AddOptions) =>
      report(line, options.json === true, () => add(line, name, options)),
    );
  addCapCommands(gateway, line);
  gateway
    .command("remove")
    .description("disconnect a provider; requests for it are refused from then on")
    .argument("<name>", "its name in the list")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((name: string, options: CommonOptions) =>
      report(line, options.json === true, () => remove(line, name, options)),
    );
}

function list(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const upstreams = (await listUpstreams(pool, org.orgId)).map(
      ({ sealedSecret: _sealed, ...shown }) => shown,
    );
    const lines = upstreams.map(
      ({ name, baseUrl, onAbort, defaultOutputLimit }) =>
        `${name}  ${baseUrl}  on abort: ${onAbort}, ` +
        `limit where none is asked: ${defaultOutputLimit}`,
    );
    const none = "No provider is connected. Connect one: aispend gateway add openai";
    return { text: lines.length === 0 ? none : lines.join("\n"), json: upstreams };
  });
}

/** Nothing secret is ever an argument: arguments are seen by everybody on the machine. */
function keyOf(line: CommandLine, auth: UpstreamAuth, variable: string | undefined) {
  if (auth === "none") return undefined;
  const secret = variable === undefined ? undefined : line.environment[variable]?.trim();
  if (secret !== undefined && secret !== "") return secret;
  const missing = variable === undefined ? "no key was given" : `${variable} is not set`;
  throw new AispendError("provider_key_missing", missing, {
    help: "Put the provider's key into a variable and name it: --key-variable OPENAI_API_KEY",
  });
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw new AispendError("output_limit_invalid", `--output-limit is '${text}'`, {
    help: "Write a whole number of tokens, such as 4096.",
  });
}

function abortPolicy(text: string | undefined): "cancel" | "drain" | undefined {
  if (text === undefined || text === "cancel" || text === "drain") return text;
  throw new AispendError("abort_policy_invalid", `--on-abort is '${text}'`, {
    help: "Write cancel or drain.",
  });
}

function add(line: CommandLine, name: string, options: AddOptions): Promise<Outcome> {
  const isOpen = options.keyVariable === undefined && options.private === true;
  const upstream = upstreamOf({
    name,
    provider: options.provider,
    baseUrl: options.baseUrl,
    auth: isOpen ? "none" : undefined,
    defaultOutputLimit: wholeNumber(options.outputLimit),
    onAbort: abortPolicy(options.onAbort),
    allowPrivate: options.private,
  });
  const secret = keyOf(line, upstream.auth, options.keyVariable);
  return withDatabase(line, async ({ pool }, config) => {
    const { orgId } = await organizationOf(line, pool, options.org);
    const stored: StoredUpstream = {
      name,
      provider: upstream.provider,
      baseUrl: upstream.baseUrl.toString(),
      auth: upstream.auth,
      sealedSecret:
        secret === undefined
          ? null
          : openSecretBox(config).seal(secret, upstreamSubject(orgId, name)),
      defaultOutputLimit: upstream.defaultOutputLimit,
      onAbort: upstream.onAbort,
      tokensPerSecond: upstream.tokensPerSecond,
      allowPrivate: upstream.allowPrivate,
    };
    await putUpstream(pool, { orgId, upstream: stored, by: operatorActor(), now: line.clock() });
    const text = `Requests for ${name} are passed on to ${upstream.baseUrl.origin}.`;
    return { text, json: { name, baseUrl: stored.baseUrl } };
  });
}

function remove(line: CommandLine, name: string, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const { orgId } = await organizationOf(line, pool, options.org);
    await removeUpstream(pool, { orgId, name, by: operatorActor(), now: line.clock() });
    return { text: `${name} is disconnected.`, json: { name } };
  });
}
