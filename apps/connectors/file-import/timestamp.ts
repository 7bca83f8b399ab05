import { AispendError } from "#core/errors.ts";
import { instantOf, parseDay } from "#core/time.ts";
import { epochMs, isoOfMs } from "../instant.ts";

/** How a column writes time. A zone is needed where the text has no offset of its own. */
export type TimeFormat =
  | { kind: "iso"; zone: string | undefined }
  | { kind: "epoch"; scale: 0 | 3 | 6 | 9 }
  | { kind: "pattern"; expression: RegExp; parts: readonly string[]; zone: string };

const EPOCHS = { epoch_s: 0, epoch_ms: 3, epoch_us: 6, epoch_ns: 9 } as const;

const PARTS: Readonly<Record<string, string>> = {
  YYYY: "(\\d{4})",
  MM: "(\\d{2})",
  DD: "(\\d{2})",
  HH: "(\\d{2})",
  mm: "(\\d{2})",
  ss: "(\\d{2})",
  SSS: "(\\d{1,9})",
};
const PART = /YYYY|MM|DD|HH|mm|ss|SSS/g;

/**
 * "iso" (or nothing), "iso@Europe/Berlin", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", or a
 * pattern with its zone, such as "DD/MM/YYYY HH:mm@UTC". Throws `mapping_invalid`.
 */
export function parseTimeFormat(text: string, isZone: (name: string) => boolean): TimeFormat {
  const at = text.lastIndexOf("@");
  const format = (at < 0 ? text : text.slice(0, at)).trim();
  const zone = at < 0 ? undefined : text.slice(at + 1).trim();
  if (zone !== undefined && !isZone(zone)) throw invalid(`'${zone}' is not a time zone`);
  if (format === "" || format === "iso") return { kind: "iso", zone };
  if (format === "epoch_s" || format === "epoch_ms" || format === "epoch_us") {
    return { kind: "epoch", scale: EPOCHS[format] };
  }
  if (format === "epoch_ns") return { kind: "epoch", scale: EPOCHS.epoch_ns };
  const parts: string[] = format.match(PART) ?? [];
  if (!["YYYY", "MM", "DD"].every((part) => parts.includes(part))) {
    throw invalid(`'${format}' is not a format of time`);
  }
  if (zone === undefined) throw invalid(`'${format}' says no time zone; add @UTC or another`);
  const source = format
    .split(PART)
    .map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .reduce((left, right, index) => `${left}${PARTS[parts[index - 1] ?? ""] ?? ""}${right}`);
  return { kind: "pattern", expression: new RegExp(`^${source}$`), parts, zone };
}

function invalid(message: string): AispendError {
  return new AispendError("mapping_invalid", message, {
    help: "Write iso, epoch_s, epoch_ms, epoch_us, epoch_ns or YYYY-MM-DD HH:mm:ss@UTC.",
  });
}

/** Day, time, seconds, fraction, offset; all but the day may be left out. */
const ISO = new RegExp(
  "^(\\d{4}-\\d\\d-\\d\\d)(?:[T ]((?:[01]\\d|2[0-3]):[0-5]\\d)(?::([0-5]\\d)(\\.\\d{1,9})?)?)?" +
    "\\s?(Z|UTC|[+-]\\d\\d:?\\d\\d)?$",
);

/** Reads one column's texts; a reader remembers the last day, as files go by time. */
export function timeReader(format: TimeFormat): (text: string) => string | undefined {
  if (format.kind === "epoch") {
    return (text) => {
      const ms = epochMs(text, format.scale);
      return ms === undefined ? undefined : isoOfMs(ms);
    };
  }
  const wallClock = zonedReader();
  if (format.kind === "pattern") return patternReader(format, wallClock);
  let knownDay = "";
  return (text) => {
    const match = ISO.exec(text);
    const day = match?.[1];
    if (match === null || day === undefined) return undefined;
    if (day !== knownDay) {
      if (!isDay(day)) return undefined;
      knownDay = day;
    }
    const [, , time = "00:00", seconds = "00", fraction = "", offset] = match;
    if (offset === undefined) {
      if (format.zone === undefined) return undefined;
      return wallClock(day, time, Number(`${seconds}${fraction}`), format.zone);
    }
    // The form of nearly every file needs no conversion.
    if (offset === "Z" && text.length >= 20 && text[10] === "T") return text;
    const east = /^[+-]/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(-2)}` : "Z";
    const ms = Date.parse(`${day}T${time}:${seconds}${fraction}${east}`);
    return Number.isNaN(ms) ? undefined : isoOfMs(ms);
  };
}

function isDay(text: string): boolean {
  try {
    parseDay(text);
    return true;
  } catch (error) {
    if (error instanceof AispendError) return false;
    throw error;
  }
}

type ZonedReader = (day: string, time: string, seconds: number, zone: string) => string | undefined;

/** Wall clock to instant. Intl is slow, so the last minute's answer is kept. */
function zonedReader(): ZonedReader {
  let known = "";
  let start = 0;
  return (day, time, seconds, zone) => {
    const minute = `${day} ${time} ${zone}`;
    if (minute !== known) {
      if (!isDay(day)) return undefined;
      start = instantOf(parseDay(day), time, zone).getTime();
      known = minute;
    }
    return isoOfMs(start + Math.floor(seconds * 1000 + 1e-6));
  };
}

function patternReader(
  format: Extract<TimeFormat, { kind: "pattern" }>,
  wallClock: ZonedReader,
): (text: string) => string | undefined {
  return (text) => {
    const match = format.expression.exec(text);
    if (match === null) return undefined;
    const found = new Map(format.parts.map((part, index) => [part, match[index + 1] ?? ""]));
    const hours = found.get("HH") ?? "00";
    const minutes = found.get("mm") ?? "00";
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(found.get("ss") ?? 0) > 59) {
      return undefined;
    }
    const day = `${found.get("YYYY")}-${found.get("MM")}-${found.get("DD")}`;
    const seconds = Number(`${found.get("ss") ?? "0"}.${found.get("SSS") ?? "0"}`);
    return wallClock(day, `${hours}:${minutes}`, seconds, format.zone);
  };
}
