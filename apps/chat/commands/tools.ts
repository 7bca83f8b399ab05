import { listToolUse } from "#core/connections/coding-tools.ts";
import { addDays, startOfMonth } from "#core/time.ts";
import { type Asking, auditDetail } from "../asking.ts";
import type { Command } from "../command.ts";
import { readClauses } from "../grammar/clauses.ts";
import { type PeriodPhrase, spellPeriod, THIS_MONTH, wholeUnit } from "../grammar/period-phrase.ts";
import { resolvePeriod } from "../period.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { toolsAnswer, toolsByPerson } from "../tools/tools-answer.ts";

interface ToolsWords {
  readonly period: PeriodPhrase;
  readonly byPerson: boolean;
}

const IDLE_DAYS = 30;
const DAY_MS = 86_400_000;

async function run(asking: Asking, words: ToolsWords): Promise<AnswerBody> {
  const { org, pool, now, sight, today } = asking;
  const asked = resolvePeriod(words.period, today);
  const by = words.byPerson ? " by person" : "";
  const isWholeMonth =
    wholeUnit(asked.whole) === "month" && asked.period.end <= startOfMonth(today);
  const setting = {
    command: `tools ${spellPeriod(words.period)}${by}`,
    period: asked.period,
    said: asked.said,
    personId: sight.personId,
    showsAverages: isWholeMonth && org.personDetail !== "self",
  };
  if (words.byPerson && !sight.namedPeople(0)) throw byPersonRefused(org.name);
  const uses = await listToolUse(pool, {
    orgId: org.id,
    period: asked.period,
    idleBefore: new Date(now.getTime() - IDLE_DAYS * DAY_MS),
  });
  if (!words.byPerson) return toolsAnswer(uses, setting);
  await auditDetail(asking, "person_detail.read", "scope:0", {
    detail: "named",
    of: "coding_tools",
    from: asked.period.start,
    until: addDays(asked.period.end, -1),
  });
  return toolsByPerson(uses, setting, org.personName);
}

function byPersonRefused(name: string): Refusal {
  return new Refusal(
    "person_detail_refused",
    "Not shown by person",
    `${name} shows what a person does with a tool to that person alone.`,
    {
      kind: "forbidden",
      help: "A recorded basis in aispend.yaml (privacy) allows names to those who may see detail.",
      actions: [askButton("tools", "All tools")],
    },
  );
}

export const tools: Command<ToolsWords> = {
  name: "tools",
  usage: "tools [PERIOD] [by person]",
  summary: "Coding tools: seats, use and spend.",
  parse: (words, { today }) => {
    const { period, by } = readClauses(words, today);
    return { period: period ?? THIS_MONTH, byPerson: by === "person" };
  },
  run,
};
