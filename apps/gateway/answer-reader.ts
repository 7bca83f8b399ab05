/** What an answer is read into, as it comes. */
export interface AnswerSink {
  /** `headers`: name, value, name, value, as the provider wrote them. */
  onHead(status: number, headers: readonly string[]): void;
  /**
   * Bytes of the body, each a char: metered and passed on as they are, without another copy. `isLast`:
   * nothing of the body comes after it. False says nothing.
   */
  onBody(bytes: string, isLast: boolean): void;
  /** Once, when the answer is whole. `canReuse`: the connection may carry another request. */
  onEnd(canReuse: boolean): void;
}

/**
 * Reads the answers of one connection, HTTP/1.1 as RFC 9112 has it, strictly: what could be read in two
 * ways is an error, and a connection with a byte too many is not used again. node:http's client would do
 * it for more CPU than all that this gateway does besides (docs/decisions/0045).
 */
export interface AnswerReader {
  /** From now on an answer is due. */
  begin(): void;
  /**
   * Undefined, or what is wrong: then the connection is of no more use. Nothing is kept of the chunk.
   */
  push(chunk: Buffer): string | undefined;
  /** Nobody waits for the answer any more. */
  drop(): void;
  /** The other side has closed. True: that is how this answer ends. */
  close(): boolean;
}

type Awaiting =
  | "head"
  | "length"
  | "close"
  | "size"
  | "chunk"
  | "chunk_end"
  | "trailer"
  | "nothing";

interface Reading {
  readonly sink: AnswerSink;
  awaiting: Awaiting;
  /** A head or a line that has begun. */
  text: string;
  /** Bytes of the body, or of the chunk, that are still to come. */
  left: number;
  keepsAlive: boolean;
}

const HEAD_LIMIT = 65_536;
const LINE_LIMIT = 8_192;
const CR = 13;
const LF = 10;
const TAB = 9;
const SPACE = 32;

export function createAnswerReader(sink: AnswerSink): AnswerReader {
  const reading: Reading = {
    sink,
    awaiting: "nothing",
    text: "",
    left: 0,
    keepsAlive: true,
  };
  return {
    begin() {
      reading.awaiting = "head";
      reading.text = "";
      reading.keepsAlive = true;
    },
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        const next = step(reading, chunk, at);
        if (typeof next === "string") return next;
        at = next;
      }
      return undefined;
    },
    drop() {
      reading.awaiting = "nothing";
    },
    close() {
      if (reading.awaiting !== "close") return false;
      finish(reading, false);
      return true;
    },
  };
}

/** Reads on from `at`; returns where it came to, or what is wrong. */
function step(reading: Reading, chunk: Buffer, at: number): number | string {
  switch (reading.awaiting) {
    case "head":
      return readHead(reading, chunk, at);
    case "length":
    case "chunk":
    case "close":
      return readBody(reading, chunk, at);
    case "nothing":
      return "bytes after the answer";
    default:
      return readLine(reading, chunk, at);
  }
}

function finish(reading: Reading, isClean: boolean): void {
  reading.awaiting = "nothing";
  reading.text = "";
  reading.sink.onEnd(isClean && reading.keepsAlive);
}

function readHead(reading: Reading, chunk: Buffer, at: number): number | string {
  const before = reading.text;
  const text = before + chunk.toString("latin1", at);
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) {
    reading.text = text;
    return text.length > HEAD_LIMIT ? "a head that is too long" : chunk.length;
  }
  reading.text = "";
  const body = at + end + 4 - before.length;
  return readFields(reading, text.slice(0, end), body === chunk.length) ?? body;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
/** One field with the end of its line; what does not match is malformed. */
const FIELD = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)(?:\r\n|$)/y;
const SPACE_AFTER = /[\t ]+$/;

interface Framing {
  length: string | undefined;
  encoding: string | undefined;
  connection: string;
}

/** Undefined, or what is wrong with them. */
function readFields(reading: Reading, head: string, isAll: boolean): string | undefined {
  const firstEnd = head.indexOf("\r\n");
  const match = STATUS_LINE.exec(firstEnd < 0 ? head : head.slice(0, firstEnd));
  if (match === null) return "no HTTP/1.1 answer";
  const status = Number(match[2]);
  const headers: string[] = [];
  const framing: Framing = { length: undefined, encoding: undefined, connection: "" };
  for (let at = firstEnd < 0 ? head.length : firstEnd + 2; at < head.length; ) {
    FIELD.lastIndex = at;
    const field = FIELD.exec(head);
    if (field === null) return "a malformed header";
    at = FIELD.lastIndex;
    const [, name = "", given = ""] = field;
    const last = given.charCodeAt(given.length - 1);
    const value = last === SPACE || last === TAB ? given.replace(SPACE_AFTER, "") : given;
    headers.push(name, value);
    if (!frame(framing, name, value)) return "two lengths";
  }
  // An interim answer; the real one follows.
  if (status < 200) return status === 101 ? "an upgrade that nobody asked for" : undefined;
  reading.keepsAlive = match[1] === "1" && !/\bclose\b/i.test(framing.connection);
  return begin(reading, status, headers, framing, isAll);
}

/** False where the length of the body would be in doubt. */
function frame(framing: Framing, name: string, value: string): boolean {
  // By their lengths first: nearly every header is none of these.
  if (name.length === 14 && name.toLowerCase() === "content-length") {
    if (framing.length !== undefined && framing.length !== value) return false;
    framing.length = value;
  } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
    if (framing.encoding !== undefined) return false;
    framing.encoding = value;
  } else if (name.length === 10 && name.toLowerCase() === "connection") {
    framing.connection += ` ${value}`;
  }
  return true;
}

function begin(
  reading: Reading,
  status: number,
  headers: readonly string[],
  { length, encoding }: Framing,
  isAll: boolean,
): string | undefined {
  if (encoding !== undefined && encoding.toLowerCase() !== "chunked") return "an unknown encoding";
  if (encoding !== undefined && length !== undefined) return "two lengths";
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return "a length that is no number";
  const isEmpty = status === 204 || status === 304 || length === "0";
  if (!isEmpty && encoding !== undefined) reading.awaiting = "size";
  else if (!isEmpty && length === undefined) reading.awaiting = "close";
  else reading.awaiting = "length";
  reading.left = isEmpty ? 0 : Number(length);
  reading.sink.onHead(status, headers);
  // Whoever was told may have dropped it.
  if (isEmpty && reading.awaiting === "length") finish(reading, isAll);
  return undefined;
}

function readBody(reading: Reading, chunk: Buffer, at: number): number {
  const { sink, awaiting, left } = reading;
  const rest = chunk.length - at;
  const count = awaiting === "close" || rest < left ? rest : left;
  const piece = chunk.toString("latin1", at, at + count);
  reading.left = left - count;
  if (awaiting === "length" && count === left) {
    sink.onBody(piece, true);
    if (reading.awaiting === "length") finish(reading, count === rest);
  } else {
    if (awaiting === "chunk" && count === left) {
      reading.awaiting = "chunk_end";
      reading.text = "";
    }
    sink.onBody(piece, false);
  }
  return at + count;
}

/** The line of a chunk's size, the end of a chunk, or a trailer. */
function readLine(reading: Reading, chunk: Buffer, at: number): number | string {
  const end = chunk.indexOf(LF, at);
  if (end < 0) {
    reading.text += chunk.toString("latin1", at);
    return reading.text.length > LINE_LIMIT ? "a line that is too long" : chunk.length;
  }
  const line = reading.text + chunk.toString("latin1", at, end);
  reading.text = "";
  if (line.charCodeAt(line.length - 1) !== CR) return "a line without its end";
  const next = end + 1;
  if (reading.awaiting === "trailer") {
    if (line.length === 1) finish(reading, next === chunk.length);
    return next;
  }
  if (reading.awaiting === "chunk_end") {
    reading.awaiting = "size";
    return line.length === 1 ? next : "a chunk without its end";
  }
  const size = /^([0-9a-fA-F]{1,8})[\t ]*(?:;[^\r]*)?\r$/.exec(line)?.[1];
  if (size === undefined) return "a chunk without its size";
  reading.left = Number.parseInt(size, 16);
  reading.awaiting = reading.left === 0 ? "trailer" : "chunk";
  return next;
}
