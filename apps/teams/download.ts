import { z } from "zod";
import type { Answer } from "#core/answers/schema.ts";
import type { Activity } from "./activity.ts";
import { beginTurn } from "./begin-turn.ts";
import { adaptiveCard, type CardElement, cardBytes, cardText, textLine } from "./card.ts";
import { NOT_SENT, SENT, sendPrivately } from "./private-answer.ts";
import { CARD_BYTES_MAX } from "./render.ts";
import { ask, ownAudience, type TeamsSurface, type Turn, textMessage } from "./surface.ts";

const CONSENT = "application/vnd.microsoft.teams.card.file.consent";
const FILE_INFO = "application/vnd.microsoft.teams.card.file.info";
const FILE_BYTES_MAX = 50_000_000;
const TIMEOUT_MS = 8_000;

/**
 * A bot cannot attach a file in Teams: it asks, in the personal chat, whether it may put one into the
 * person's OneDrive. Gives what is said to the one who pressed.
 */
export async function offerFile(
  surface: TeamsSurface,
  turn: Turn,
  command: string,
): Promise<string> {
  const answer = await ask(surface, turn, command, ownAudience(turn));
  const file = answer.download;
  if (file === undefined) return "There are no rows to download for this.";
  const bytes = Buffer.byteLength(file.csv, "utf8");
  if (bytes > FILE_BYTES_MAX) return TOO_LARGE;
  const sent = await (surface.teamsClient && bytes > 0
    ? sendPrivately(surface, turn, consentMessage(file.filename, bytes, command))
    : sendPrivately(surface, turn, textFile(file)));
  if (!sent) return NOT_SENT;
  return turn.kind === "personal" ? "See below." : SENT;
}

const TOO_LARGE =
  "The file would have more than 50 MB. Ask for a shorter period, or use `aispend ask --json`.";

function consentMessage(filename: string, bytes: number, command: string) {
  const context = { aispend: { kind: "file", command } };
  return {
    summary: cardText(`May I put ${filename} into your OneDrive?`, 200),
    attachments: [
      {
        contentType: CONSENT,
        name: cardText(filename, 120),
        content: {
          description: "Exact figures as CSV, put into your OneDrive.",
          sizeInBytes: bytes,
          acceptContext: context,
          declineContext: context,
        },
      },
    ],
  };
}

const Consent = z.object({
  action: z.enum(["accept", "decline"]),
  context: z.object({
    aispend: z.object({ kind: z.literal("file"), command: z.string().max(1_000) }),
  }),
  uploadInfo: z
    .object({
      uploadUrl: z.url(),
      contentUrl: z.url(),
      name: z.string(),
      uniqueId: z.string(),
      fileType: z.string(),
    })
    .optional(),
});

/** The person agreed: the command is asked again, so that what is written is what they may see now. */
export async function onFileConsent(surface: TeamsSurface, activity: Activity): Promise<void> {
  const begun = await beginTurn(surface, activity);
  if (begun.state === "refused") return;
  const { turn } = begun;
  const consent = Consent.safeParse(activity.value);
  if (!consent.success || turn.kind !== "personal") return;
  const { action, context, uploadInfo } = consent.data;
  if (action === "decline" || uploadInfo === undefined) return;
  const answer = await ask(surface, turn, context.aispend.command, ownAudience(turn));
  const file = answer.download;
  if (file === undefined) {
    await surface.transport.send(turn.place, textMessage(cardText(answer.sentence, 500)));
    return;
  }
  if (!(await uploaded(surface, new URL(uploadInfo.uploadUrl), file.csv))) {
    await surface.transport.send(turn.place, textFile(file));
    return;
  }
  const { name, contentUrl, uniqueId, fileType } = uploadInfo;
  const info = { contentType: FILE_INFO, name, contentUrl, content: { uniqueId, fileType } };
  await surface.transport.send(turn.place, {
    summary: cardText(`${name} is in your OneDrive.`, 200),
    attachments: [info],
  });
}

/** One PUT to the upload session that Teams opened in the person's OneDrive. */
async function uploaded(surface: TeamsSurface, url: URL, csv: string): Promise<boolean> {
  const bytes = Buffer.from(csv, "utf8");
  if (!surface.mayUpload(url) || bytes.length === 0) {
    surface.log.warn({ host: url.hostname }, "Teams named an upload address that is not OneDrive");
    return false;
  }
  try {
    const response = await fetch(url, {
      method: "PUT",
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-range": `bytes 0-${bytes.length - 1}/${bytes.length}`,
      },
      body: bytes,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) surface.log.warn({ status: response.status }, "OneDrive refused the file");
    return response.ok;
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    surface.log.warn({ error: name }, "OneDrive could not be reached");
    return false;
  }
}

/** Addresses of SharePoint, where OneDrive keeps its files, in the public and US clouds. */
export function isOneDrive(url: URL): boolean {
  return url.protocol === "https:" && /\.sharepoint(?:\.com|\.us|-mil\.us)$/.test(url.hostname);
}

/** Where no file can be sent: its lines, as many as a card holds, in letters of one width. */
function textFile(file: NonNullable<Answer["download"]>) {
  const lines = file.csv.split(/\r?\n/).filter((line) => line !== "");
  for (let count = Math.min(lines.length, 100); ; count = Math.floor(count / 2)) {
    const left = lines.length - count;
    const noun = left === 1 ? "line" : "lines";
    const more = `and ${left} more ${noun}; all of them: aispend ask --json`;
    const card = adaptiveCard(
      [
        textLine(cardText(file.filename, 200), { weight: "Bolder" }),
        ...lines.slice(0, count).map((line) => monospace(line)),
        ...(left === 0 ? [] : [textLine(more, { size: "Small", isSubtle: true })]),
      ],
      [],
      cardText(file.filename, 200),
      true,
    );
    if (count === 0 || cardBytes(card) <= CARD_BYTES_MAX) {
      return { card, summary: cardText(file.filename, 200) };
    }
  }
}

function monospace(line: string): CardElement {
  const text = cardText(line, 400);
  return {
    type: "RichTextBlock",
    spacing: "None",
    inlines: [{ type: "TextRun", text, fontType: "Monospace", size: "Small" }],
  };
}
