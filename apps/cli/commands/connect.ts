import { SingleBar } from "cli-progress";
import { type Command, InvalidArgumentError } from "commander";
import { saidCounted } from "#apps/chat/said/said-count.ts";
import {
  type DayRead,
  type ReadDeps,
  type Reading,
  readFeed,
  saveDiscovery,
  sessionOf,
} from "#apps/connectors/read-connection.ts";
import { readDepsOf } from "#apps/connectors/read-deps.ts";
import type { Discovery, Source } from "#apps/connectors/source.ts";
import { SOURCES } from "#apps/connectors/sources/registry.ts";
import { openSecretBox } from "#apps/server/secret-key.ts";
import { type Connection, ConnectionSettings, SourceKind } from "#core/connections/schema.ts";
import { getConnection, saveConnection } from "#core/connections/service.ts";
import { AispendError } from "#core/errors.ts";
import { type ActorOptions, AS_OPTION, actorOf, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { pictureOf } from "../connections/picture.ts";
import { readKey } from "../connections/read-key.ts";
import { saidLeft } from "../connections/said-left.ts";
import { withDatabase } from "../database.ts";
import { JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface ConnectOptions extends ActorOptions {
  keyEnv?: string;
  name?: string;
  account?: string;
  organisation?: string;
  baseUrl?: string;
  seatPrice?: string;
  days: number;
  dryRun?: boolean;
}

const AT_TOP = { action: "connect_source", scopeId: 0 } as const;
const DEFAULT_DAYS = 90;
const MOST_DAYS = 365;

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  throw new InvalidArgumentError(`It must be whole days from 1 to ${MOST_DAYS}.`);
}

export function addConnect(program: Command, line: CommandLine): void {
  program
    .command("connect")
    .description("connect a provider, gateway or tool by a read-only key, and fill its history in")
    .argument("<source>", SourceKind.options.join(", "))
    .option("--key-env <name>", "the environment variable that holds the key; else it is asked for")
    .option("--name <name>", "what to call it; the source's name unless given")
    .option("--account <id>", "the account, where the source does not say it")
    .option("--organisation <name>", "the GitHub organisation, for copilot")
    .option("--base-url <url>", "where it is, for litellm or a proxy")
    .option("--seat-price <usd>", "dollars a seat and month, for copilot and cursor")
    .option("--days <days>", "how far back to read", readDays, DEFAULT_DAYS)
    .option("--dry-run", "ask what the key may do and hold; store nothing")
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((kind: string, options: ConnectOptions) =>
      report(line, options.json === true, () => connect(line, kind, options)),
    );
}

function sourceOf(kind: string): Source {
  const read = SourceKind.safeParse(kind);
  if (read.success) return SOURCES[read.data];
  throw new AispendError("source_unknown", `'${kind}' cannot be connected`, {
    help: `Sources: ${SourceKind.options.join(", ")}. Files of others: aispend import --from.`,
  });
}

const SETTING_HELP: Readonly<Record<string, string>> = {
  baseUrl: "Write an http or https address, such as https://litellm.example.com.",
  seatPrice: "Write dollars a seat and month, such as 19 or 19.50.",
};

function optionOf(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function settingsOf(source: Source, options: ConnectOptions): ConnectionSettings {
  const given = Object.fromEntries(
    (["account", "organisation", "baseUrl", "seatPrice"] as const).flatMap((name) =>
      options[name] === undefined ? [] : [[name, options[name]]],
    ),
  );
  const read = ConnectionSettings.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    const name = String(issue?.path[0] ?? "");
    const why = issue?.code === "invalid_format" ? "is not written right" : issue?.message;
    throw new AispendError("setting_invalid", `${optionOf(name)} ${why}`, {
      help: SETTING_HELP[name] ?? "See aispend connect --help.",
    });
  }
  for (const { name, required, said } of source.settings) {
    if (!required || read.data[name] !== undefined) continue;
    throw new AispendError("setting_missing", `${source.title} needs ${optionOf(name)}: ${said}`);
  }
  return read.data;
}

function connect(line: CommandLine, kind: string, options: ConnectOptions): Promise<Outcome> {
  const source = sourceOf(kind);
  const settings = settingsOf(source, options);
  return withDatabase(line, async ({ pool }, config) => {
    const org = await organizationOf(line, pool, options.org);
    const by = await actorOf(line, pool, org, options, AT_TOP);
    const secret = await readKey(line, source, options.keyEnv);
    const { clock } = line;
    const box = openSecretBox(config);
    const deps = readDepsOf({ pool, clock, box, signal: line.interrupted });
    const session = sessionOf(deps, source, settings, secret);
    const check = await source.discover(session, settings);
    if (options.dryRun === true) return dryRun(source, check, options.days);
    const { orgId } = org;
    const name = options.name ?? source.kind;
    const made = { orgId, kind: source.kind, name, settings, secret, by, now: clock() };
    const saved = await saveConnection(pool, box, made);
    await saveDiscovery(deps, saved, check);
    const connection = await getConnection(pool, orgId, saved.id);
    if (options.json !== true) line.err.write(`${saidCheck(source, check).join("\n")}\n`);
    const readings = await fillIn(line, deps, connection, session, options);
    const picture = await pictureOf(line, pool, org, options.days);
    return {
      text: [...readings.flatMap(saidReading), "", picture.text].join("\n"),
      json: { connection, warning: warningOf(source, check), readings, picture: picture.json },
      exitCode: readings.some(({ failure }) => failure !== undefined) ? 1 : 0,
    };
  });
}

interface FeedReading {
  readonly feed: string;
  readonly reading?: Reading;
  readonly failure?: { readonly code: string; readonly message: string; readonly help?: string };
}

/** Every report in turn; one that fails does not keep the others from being read. */
async function fillIn(
  line: CommandLine,
  deps: ReadDeps,
  connection: Connection,
  session: ReturnType<typeof sessionOf>,
  options: ConnectOptions,
): Promise<FeedReading[]> {
  const done: FeedReading[] = [];
  const bar = dayBar(line, options.json === true);
  try {
    for (const feed of SOURCES[connection.kind].feeds) {
      const historyDays = options.days;
      try {
        const request = { connection, feed, session, historyDays, onDay: bar.show };
        done.push({ feed: feed.name, reading: await readFeed(deps, request) });
      } catch (error) {
        if (line.interrupted.aborted) throw stopped(connection.name);
        if (!(error instanceof AispendError)) throw error;
        const { code, message, help } = error;
        done.push({
          feed: feed.name,
          failure: { code, message, ...(help === undefined ? {} : { help }) },
        });
      }
    }
    return done;
  } finally {
    bar.stop();
  }
}

function stopped(name: string): AispendError {
  return new AispendError("interrupted", `stopped reading ${name}; what was read is kept`, {
    help: "Run it again to go on, or let the server's schedule do it.",
  });
}

function dayBar(line: CommandLine, asJson: boolean) {
  if (asJson || line.err.isTTY !== true) {
    return { show: () => undefined, stop: () => undefined };
  }
  const bar = new SingleBar({
    stream: line.err,
    format: "{bar} {percentage}%  {feed}: {day}  {left}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
  });
  let feed = "";
  let startedMs = line.clock().getTime();
  return {
    show: (read: DayRead) => {
      const elapsedMs = line.clock().getTime() - startedMs;
      if (read.feed === feed) bar.update(read.done, { ...read, left: saidLeft(read, elapsedMs) });
      else {
        startedMs = line.clock().getTime();
        bar.start(read.total, read.done, { ...read, left: "" });
      }
      feed = read.feed;
    },
    stop: () => bar.stop(),
  };
}

function warningOf(source: Source, { excessRights }: Discovery): string | undefined {
  if (excessRights === undefined) return undefined;
  return (
    `This key can do more than read: it can ${excessRights}. aispend only reads with it; ` +
    `${source.credential.madeAt} makes others.`
  );
}

function saidCheck(source: Source, check: Discovery): string[] {
  const count = (kind: string) => check.items.filter((item) => item.kind === kind).length;
  const holds = (["project", "key", "seat"] as const).flatMap((kind) =>
    count(kind) === 0 ? [] : [saidCounted(BigInt(count(kind)), kind)],
  );
  const named = check.accountName === undefined ? "" : ` (${check.accountName})`;
  const warning = warningOf(source, check);
  return [
    `${source.title}: ${[`account ${check.account}${named}`, ...holds].join(", ")}.`,
    ...(warning === undefined ? [] : [warning]),
  ];
}

function dryRun(source: Source, check: Discovery, days: number): Outcome {
  const feeds = source.feeds.map(({ name, historyDays }) => ({
    feed: name,
    days: Math.min(days, historyDays),
  }));
  const would = feeds.map(({ feed, days: back }) => `${back} days of ${feed}`).join(" and ");
  const { items, ...found } = check;
  return {
    text: [...saidCheck(source, check), `Would read ${would}. Nothing was stored.`].join("\n"),
    json: { dryRun: true, ...found, items: items.length, feeds, warning: warningOf(source, check) },
  };
}

function saidReading({ feed, reading, failure }: FeedReading): string[] {
  if (reading === undefined) {
    return [`${feed}: ${failure?.message ?? "not read"}. ${failure?.help ?? ""}`.trim()];
  }
  const days = saidCounted(BigInt(reading.days), "day");
  const counts = [
    `${saidCounted(BigInt(reading.appended), "line")} of ${days}`,
    ...(reading.unchanged === 0 ? [] : [`${reading.unchanged} there before`]),
    ...(reading.withdrawn === 0 ? [] : [`${reading.withdrawn} taken back`]),
    ...(reading.unpriced === 0 ? [] : [`${reading.unpriced} unpriced`]),
    ...(reading.bucketed === 0
      ? []
      : [`${reading.bucketed} days wait to be reconciled, as another source counts their calls`]),
  ];
  return [
    `${feed}: ${counts.join(", ")}.`,
    ...reading.refused.map((reason) => `  refused: ${reason}`),
  ];
}
