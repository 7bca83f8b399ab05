import type { Command } from "commander";
import { SOURCES } from "#apps/connectors/sources/registry.ts";
import { healthOf } from "#core/connections/health.ts";
import {
  connectionNamed,
  disconnect,
  listConnections,
  listFeeds,
} from "#core/connections/service.ts";
import { type ActorOptions, AS_OPTION, actorOf, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

const AT_TOP = { action: "connect_source", scopeId: 0 } as const;

export function addConnections(program: Command, line: CommandLine): void {
  program
    .command("connections")
    .description("every connected source: its account, its health, how far it was read")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => list(line, options)),
    );
}

export function addDisconnect(program: Command, line: CommandLine): void {
  program
    .command("disconnect")
    .description("forget the key of a source; what was read stays")
    .argument("<name>", "its name in: aispend connections")
    .option("--dry-run", "say what would happen and change nothing")
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((name: string, options: ActorOptions & { dryRun?: boolean }) =>
      report(line, options.json === true, () => end(line, name, options)),
    );
}

function list(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const { orgId } = await organizationOf(line, pool, options.org);
    const now = line.clock();
    const all = [];
    for (const connection of await listConnections(pool, orgId)) {
      const feeds = await listFeeds(pool, orgId, connection.id);
      all.push({ ...connection, ...healthOf(connection, feeds, now), feeds });
    }
    if (all.length === 0) {
      return { text: "No source is connected. Begin with: aispend connect openai", json: [] };
    }
    const lines = all.map((one) => {
      const title = SOURCES[one.kind].title;
      const account = one.account === null ? "" : `, account ${one.account}`;
      const lag = one.lagHours === undefined ? "" : `, ${Math.round(one.lagHours)} h behind`;
      const why = one.said === "" ? "" : `: ${one.said}`;
      const excess = one.excessRights === null ? "" : `\n  its key can also ${one.excessRights}`;
      return `${one.name} (${title}${account}): ${one.health}${why}${lag}${excess}`;
    });
    const failing = all.some(({ health }) => health === "failing" || health === "refused");
    return { text: lines.join("\n"), json: all, exitCode: failing ? 1 : 0 };
  });
}

function end(
  line: CommandLine,
  name: string,
  options: ActorOptions & { dryRun?: boolean },
): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const connection = await connectionNamed(pool, org.orgId, name);
    if (options.dryRun === true) {
      const text = `Would forget the key of ${name}; what was read from it stays.`;
      return { text, json: { name, disconnected: false, dryRun: true } };
    }
    const by = await actorOf(line, pool, org, options, AT_TOP);
    await disconnect(pool, { orgId: org.orgId, connection, by, now: line.clock() });
    const text =
      `${name} is disconnected: its key is forgotten, what was read stays. ` +
      "End the key at the provider too.";
    return { text, json: { name, disconnected: true } };
  });
}
