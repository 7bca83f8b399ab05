import { boardAnswer, boardFigures, boardSections } from "#apps/chat/board/board-answer.ts";
import type { BoardReport } from "#apps/chat/board/board-report.ts";
import { Answer } from "#core/answers/schema.ts";
import { sourceLine } from "#core/answers/source-line.ts";
import { pageHtml } from "./page.ts";

/** The quarter on one self-contained page. */
export function boardHtml(report: BoardReport): string {
  const body = boardAnswer(report);
  const answer = Answer.parse({ ...body, audience: { kind: "operator" } });
  return pageHtml({
    title: body.title,
    sentence: body.sentence,
    source: sourceLine(answer) ?? "",
    demonstration: report.demonstration,
    figures: boardFigures(report),
    sections: boardSections(report),
  });
}
