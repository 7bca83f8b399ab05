import { healthOf } from "#core/connections/health.ts";
import { loadPicture } from "#core/connections/picture.ts";
import { listConnections, listFeeds } from "#core/connections/service.ts";
import { findMaturity } from "#core/maturity/service.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { requireConnector } from "../connections/connect-form.ts";
import { pictureAnswer } from "../connections/picture-answer.ts";
import { SOURCE_WORDS } from "../connections/source-words.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

const PICTURE_DAYS = 90;

const SAID = {
  pending: "waits for its first try",
  reading: "reads its history",
  ok: "well",
  late: "late",
  failing: "fails",
  quiet: "quiet",
  refused: "key refused",
} as const;

/** Every connected source and how it is; `connections picture` shows the whole bill. */
export const connections: Command<{ readonly picture: boolean }> = {
  name: "connections",
  usage: "connections [picture]",
  summary: "Sources, how far each was read; the bill.",
  parse: (words) => ({ picture: words[0]?.text.toLowerCase() === "picture" }),
  async run(asking, { picture }) {
    await requireConnector(asking);
    if (!picture) return listAnswer(asking);
    const { pool, org, now } = asking;
    const shown = await loadPicture(pool, org.id, { now, days: PICTURE_DAYS });
    const { maturity } = await findMaturity(pool, org.id, now);
    return pictureAnswer(shown, PICTURE_DAYS, maturity);
  },
};

async function listAnswer({ pool, org, now }: Asking): Promise<AnswerBody> {
  const rows: string[][] = [];
  const troubles: string[] = [];
  for (const connection of await listConnections(pool, org.id)) {
    const feeds = await listFeeds(pool, org.id, connection.id);
    const { health, said, lagHours } = healthOf(connection, feeds, now);
    const lag = lagHours === undefined ? "" : `${Math.round(lagHours)} h`;
    rows.push([connection.name, SOURCE_WORDS[connection.kind].title, SAID[health], lag]);
    if (said !== "") troubles.push(`${connection.name}: ${said}`);
    if (connection.excessRights !== null) {
      troubles.push(`${connection.name}: its key can also ${connection.excessRights}`);
    }
  }
  const body = { command: "connections", source: { basis: "none" as const } };
  if (rows.length === 0) {
    return {
      ...body,
      title: "Connections",
      sentence: "No source is connected yet, so no bill is known.",
      actions: [askButton("connect", "Connect")],
    };
  }
  const well = rows.filter(([, , health]) => health === SAID.ok).length;
  return {
    ...body,
    title: "Connections",
    sentence: `${well} of ${rows.length} sources are well.`,
    table: {
      caption: "Sources",
      columns: [
        { label: "Name" },
        { label: "Source" },
        { label: "Health" },
        { label: "Behind", align: "right" },
      ],
      rows,
    },
    notes: troubles,
    actions: [askButton("connections picture", "Whole bill"), askButton("connect", "Connect more")],
  };
}
