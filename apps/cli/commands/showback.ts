import type { Command } from "commander";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { showbackAnswer, showbackThread } from "#apps/chat/showback/showback-answer.ts";
import { isSilent, loadShowback, subjectOf } from "#apps/chat/showback/showback-report.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { loadContext } from "#core/ledger/context.ts";
import { findCadence, listShowbacks } from "#core/showback/service.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";
import { scopeOf } from "../scope.ts";

interface ShowbackOptions extends CommonOptions {
  dryRun?: boolean;
}

export function addShowback(program: Command, line: CommandLine): void {
  program
    .command("showback")
    .description("what each team's channel would be shown now; sends nothing")
    .argument(
      "[scope]",
      "team, team/project or team/project/agent; all with a channel unless given",
    )
    .option("--dry-run", "as it is anyway: the worker alone sends")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((scope: string | undefined, options: ShowbackOptions) =>
      report(line, options.json === true, () => showback(line, scope, options)),
    );
}

function showback(
  line: CommandLine,
  scope: string | undefined,
  options: ShowbackOptions,
): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const directory = await organizationOf(line, pool, options.org);
    const { orgId } = directory;
    const now = line.clock();
    const org = await createOrgViews(pool)(orgId, now);
    const { priceBook: book } = await loadContext(pool, orgId, now);
    const due = await listShowbacks(pool, orgId);
    const only = scope === undefined ? undefined : scopeOf(directory, scope).id;
    const scopeIds = only === undefined ? due.map(({ scopeId }) => scopeId) : [only];
    const shown: { to: string; messages: Answer[] }[] = [];
    for (const scopeId of scopeIds) {
      const subject = subjectOf(org, scopeId);
      if (subject === undefined) continue;
      const cadence = await findCadence(pool, orgId, scopeId);
      const found = await loadShowback(
        { pool, org, book, now },
        subject,
        cadence === "off" ? "weekly" : cadence,
      );
      const where = due.find((one) => one.scopeId === scopeId)?.channel;
      const to = where === undefined ? "no channel" : `${where.surface}:${where.destination}`;
      const { demonstration } = org;
      const messages = (isSilent(found) ? [] : [showbackAnswer(found), showbackThread(found)]).map(
        (body) => Answer.parse({ ...body, audience: { kind: "room" }, demonstration }),
      );
      shown.push({ to: `${subject.said}, to ${to}`, messages });
    }
    const none = "No scope has a channel: set one in its room with `channel here`, or name a team.";
    const text = shown.map(({ to, messages }) => {
      const said = messages.length === 0 ? "nothing to show\n" : messages.map(plainText).join("\n");
      return `--- ${to}\n${said}`;
    });
    return { text: text.length === 0 ? none : text.join("\n"), json: shown };
  });
}
