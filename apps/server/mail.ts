import type { MailLinkCode } from "#apps/chat/asking.ts";
import { AispendError } from "#core/errors.ts";
import type { MailConfig } from "./config.ts";

const TIMEOUTS = {
  connectionTimeout: 15_000,
  greetingTimeout: 15_000,
  socketTimeout: 15_000,
} as const;

/** Sends the code by which a chat account is linked; undefined where no e-mail is configured. */
export async function linkCodeMailer(
  config: MailConfig | undefined,
): Promise<MailLinkCode | undefined> {
  if (config === undefined) return undefined;
  const transport = await transportOf(config);
  return async ({ to, code }) => {
    try {
      await transport.sendMail({
        from: config.from,
        to: { name: "", address: to },
        subject: `${code} links your chat account to aispend`,
        text: textOf(code),
      });
    } catch (cause) {
      throw new AispendError("mail_not_sent", "the mail with the code could not be sent", {
        kind: "unavailable",
        help: "Try again later, or ask your operator to run: aispend link",
        cause,
      });
    }
  };
}

function textOf(code: string): string {
  return [
    `Your code: ${code}`,
    "",
    "Somebody asked aispend to link a chat account to this address. If it was you, answer there",
    `within 15 minutes: link ${code}`,
    "If it was not you, do nothing; the code ends by itself.",
    "",
  ].join("\n");
}

/** A connection that gives up after a quarter of a minute. */
export async function transportOf({ smtpUrl }: MailConfig) {
  const { createTransport } = await import("nodemailer");
  return createTransport({ url: smtpUrl, ...TIMEOUTS });
}

/** Undefined when the mail server accepts the login; else what it said. For `doctor`. */
export async function mailReaches(config: MailConfig): Promise<string | undefined> {
  const transport = await transportOf(config);
  try {
    await transport.verify();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    transport.close();
  }
}
