import { AispendError } from "#core/errors.ts";

/** What a question may hold at most, in characters after cleaning. */
export const TEXT_LIMIT = 300;
/** Beyond this nothing is even cleaned. */
const RAW_LIMIT = 4_000;

// Zero-width characters and marks of direction can make a name look like another one.
const INVISIBLE = /\p{Cf}|\p{Variation_Selector}/gu;
const CONTROL = /\p{Cc}+/gu;
const DOUBLE_QUOTES = /[\u201c\u201d\u201e\u00ab\u00bb]/g;
const SINGLE_QUOTES = /[\u2018\u2019\u201a\u2032]/g;
const DASHES = /[\u2010-\u2015\u2212]/g;

/** How a surface may address the bot: "<@U123|aispend>", "<at>aispend</at>", "@aispend", "/aispend". */
const ADDRESSES = [
  /^<@[A-Z0-9]{1,32}(?:\|[^>]{0,80})?>[\s,:]*/i,
  /^<at[^>]{0,80}>[^<]{0,80}<\/at>[\s,:]*/i,
  /^[@/]?aispend(?=$|[\s,:])[\s,:]*/i,
];

function withoutAddress(text: string): string {
  for (const address of ADDRESSES) {
    const found = address.exec(text);
    if (found !== null) return withoutAddress(text.slice(found[0].length));
  }
  return text;
}

/**
 * The question as typed, without what cannot be seen and without the address of the bot. Throws
 * `question_too_long` above `TEXT_LIMIT` characters.
 */
export function cleanText(text: string): string {
  if (text.length > RAW_LIMIT) throw tooLong(text.length);
  const visible = text
    .normalize("NFKC")
    .replace(INVISIBLE, "")
    .replace(CONTROL, " ")
    .replace(DOUBLE_QUOTES, '"')
    .replace(SINGLE_QUOTES, "'")
    .replace(DASHES, "-")
    .replace(/\s+/g, " ")
    .trim();
  const cleaned = withoutAddress(visible);
  if (cleaned.length > TEXT_LIMIT) throw tooLong(cleaned.length);
  return cleaned;
}

function tooLong(length: number): AispendError {
  return new AispendError(
    "question_too_long",
    `the question has ${length} characters; at most ${TEXT_LIMIT} are read`,
    { help: "Ask shorter, for example: team payments last week" },
  );
}
