import type { Command } from "commander";
import { AispendError } from "#core/errors.ts";
import { type Directory, pathOf } from "#core/org/directory.ts";
import { issueIngestToken, listIngestTokens, revokeIngestToken } from "#core/org/ingest-token.ts";
import { type ActorOptions, AS_OPTION, actorOf, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";
import { scopeOf } from "../scope.ts";

interface IssueOptions extends ActorOptions {
  scope: string[];
}

const collect = (item: string, all: string[]): string[] => [...all, item];
const AT_TOP = { action: "connect_source", scopeId: 0 } as const;

export function addToken(program: Command, line: CommandLine): void {
  const token = program.command("token").description("bearer tokens for usage feeds");
  token
    .command("issue")
    .description("make a token for POST /v1/usage, LiteLLM and OTLP; it is shown this once")
    .argument("<name>", "what uses it, such as litellm-production")
    .option("--scope <scope>", "it may write only there; may be repeated", collect, [])
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((name: string, options: IssueOptions) =>
      report(line, options.json === true, () => issue(line, name, options)),
    );
  token
    .command("list")
    .description("every token, when it was last used, and whether it was revoked")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => list(line, options)),
    );
  token
    .command("revoke")
    .description("end a token at once")
    .argument("<id>", "its number in token list")
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((id: string, options: ActorOptions) =>
      report(line, options.json === true, () => revoke(line, id, options)),
    );
}

function issue(line: CommandLine, name: string, options: IssueOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const scopeIds = options.scope.map((scope) => scopeOf(org, scope).id);
    const by = await actorOf(line, pool, org, options, AT_TOP);
    const wanted = { orgId: org.orgId, name, scopeIds };
    const { id, token } = await issueIngestToken(pool, wanted, by, line.clock());
    const text =
      `Token ${id} (${name}) may write to ${scopesSaid(org, scopeIds)}. ` +
      `Keep it; it is not shown again:\n${token}`;
    return { text, json: { id, name, scopeIds, token } };
  });
}

function scopesSaid(org: Directory, scopeIds: readonly number[]): string {
  if (scopeIds.length === 0) return `all of ${org.key}`;
  return scopeIds.map((id) => pathOf(org.scopes, id)).join(", ");
}

function list(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const tokens = await listIngestTokens(pool, org.orgId);
    const day = (at: Date | null) => at?.toISOString().slice(0, 10);
    const lines = tokens.map(({ id, name, scopeIds, lastUsedAt, revokedAt }) => {
      const used = `last used ${day(lastUsedAt) ?? "never"}`;
      const ended = revokedAt === null ? "" : `, revoked ${day(revokedAt)}`;
      return `${String(id).padStart(4)}  ${name}: ${scopesSaid(org, scopeIds)}, ${used}${ended}`;
    });
    const none = "There is no token yet. Make one: aispend token issue NAME";
    return { text: lines.length === 0 ? none : lines.join("\n"), json: tokens };
  });
}

function revoke(line: CommandLine, text: string, options: ActorOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const id = Number(text);
    if (!/^\d{1,9}$/.test(text)) {
      throw new AispendError("token_id_invalid", `'${text}' is not the number of a token`, {
        help: "List them: aispend token list",
      });
    }
    const by = await actorOf(line, pool, org, options, AT_TOP);
    await revokeIngestToken(pool, org.orgId, id, by, line.clock());
    return { text: `Token ${id} is revoked.`, json: { id, revoked: true } };
  });
}
