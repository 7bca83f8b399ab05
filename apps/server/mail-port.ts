import type { Pool } from "pg";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { loadReview } from "#apps/chat/reviews/review-report.ts";
import { reviewHtml } from "#apps/reports/review-html.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { DeliveryError, type OutboxMessage, type OutboxPort } from "#core/outbox/port.ts";
import { listReaders } from "#core/reviews/service.ts";
import { type Clock, type Day, parseDay } from "#core/time.ts";
import type { MailConfig } from "./config.ts";
import { transportOf } from "./mail.ts";

interface Attachment {
  readonly filename: string;
  readonly content: string;
  readonly contentType: string;
}

/** "person:12" by the address on record; a person who left or has none is nobody to write to. */
async function addressOf(pool: Pool, message: OutboxMessage): Promise<string> {
  const id = /^person:(\d{1,9})$/.exec(message.destination)?.[1];
  const { people } = await loadDirectory(pool, message.orgId);
  const person = id === undefined ? undefined : people.get(Number(id));
  if (person?.email !== undefined && person.leftOn === undefined) return person.email;
  throw new DeliveryError(`${message.destination} has no e-mail address on record`, {
    permanent: true,
  });
}

function monthOf(message: OutboxMessage): Day | undefined {
  const month = /^review (\d{4}-\d{2})$/.exec(message.body.command)?.[1];
  return month === undefined ? undefined : parseDay(`${month}-01`);
}

/** The review goes with its page, as its reader may see it. */
async function attachmentsOf(
  pool: Pool,
  clock: Clock,
  message: OutboxMessage,
): Promise<Attachment[]> {
  const month = message.kind === "monthly_review" ? monthOf(message) : undefined;
  if (month === undefined) return [];
  const { orgId, destination } = message;
  const personId = Number(destination.slice("person:".length));
  const readers = await listReaders(pool, orgId, month);
  const reader = readers.find((one) => one.personId === personId);
  if (reader === undefined) return [];
  const now = clock();
  const org = await createOrgViews(pool)(orgId, now);
  const report = await loadReview({ pool, org, now }, { month, breadth: reader.breadth, personId });
  return [
    {
      filename: `aispend-review-${month.slice(0, 7)}.html`,
      content: reviewHtml(report),
      contentType: "text/html; charset=utf-8",
    },
  ];
}

interface SmtpFailure {
  readonly responseCode?: unknown;
  readonly message?: unknown;
}

/** What the mail server answered. From 500 on it will not change its mind; nothing else is known. */
function failureOf(error: unknown): unknown {
  const { responseCode, message }: SmtpFailure =
    typeof error === "object" && error !== null ? error : {};
  if (typeof responseCode !== "number") return error;
  return new DeliveryError(`the mail server answered ${responseCode}: ${String(message)}`, {
    permanent: responseCode >= 500,
    cause: error,
  });
}

/**
 * Delivers the outbox by e-mail: the text of the Answer, and of a review its page. Destinations are
 * "person:12". The dedupe key is the message's id, by which clients show one of two.
 */
export function createMailPort(deps: { pool: Pool; clock: Clock; config: MailConfig }): OutboxPort {
  const { pool, clock, config } = deps;
  let opened: ReturnType<typeof transportOf> | undefined;
  return {
    minIntervalMs: 200,
    async deliver(message) {
      const to = await addressOf(pool, message);
      const attachments = await attachmentsOf(pool, clock, message);
      const messageId = `<${encodeURIComponent(message.dedupeKey)}@aispend.${message.orgId}>`;
      opened ??= transportOf(config);
      const transport = await opened;
      try {
        await transport.sendMail({
          from: config.from,
          to: { name: "", address: to },
          subject: message.body.title,
          text: plainText(message.body),
          attachments,
          messageId,
        });
      } catch (error) {
        throw failureOf(error);
      }
      return { reference: messageId };
    },
  };
}
