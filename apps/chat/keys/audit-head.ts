import type { Head } from "#core/audit/service.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

/**
 * A message that leaves the database with the end of the audit log in it: whoever keeps it can
 * prove later that no tail was cut (aispend audit verify --head).
 */
export function withAuditHead(body: AnswerBody, head: Head | undefined): AnswerBody {
  if (head === undefined) return body;
  const said = `Audit log: ${head.position} entries, head ${head.position}:${head.hash}`;
  return { ...body, details: [...(body.details ?? []), said] };
}
