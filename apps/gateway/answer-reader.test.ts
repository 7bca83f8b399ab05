import { describe, expect, it } from "vitest";
import { createAnswerReader } from "./answer-reader.ts";

interface Heard {
  readonly statuses: number[];
  readonly headers: string[][];
  body: string;
  readonly ends: boolean[];
  fault: string | undefined;
}

/** What is heard of an answer that comes in these pieces. */
function hear(pieces: readonly string[]): Heard & { close: () => boolean } {
  const heard: Heard = { statuses: [], headers: [], body: "", ends: [], fault: undefined };
  const reader = createAnswerReader({
    onHead(status, headers) {
      heard.statuses.push(status);
      heard.headers.push([...headers]);
    },
    onBody(bytes) {
      heard.body += bytes;
    },
    onEnd(canReuse) {
      heard.ends.push(canReuse);
    },
  });
  reader.begin();
  for (const piece of pieces) heard.fault ??= reader.push(Buffer.from(piece, "latin1"));
  return Object.assign(heard, { close: () => reader.close() });
}

const LENGTH =
  "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nX-Odd:  \tspaced \r\ncontent-length: 5\r\n\r\nhello";
const CHUNKED =
  "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n" +
  "3;ext=1\r\nhel\r\n0002\r\nlo\r\n0\r\nx-trailer: 1\r\n\r\n";
const INTERIM = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${LENGTH}`;

describe.each([
  ["of a length", LENGTH],
  ["in chunks", CHUNKED],
  ["behind interim ones", INTERIM],
])("an answer %s", (_name, text) => {
  it("is the same wherever it is cut in two, and byte by byte", () => {
    const cuts = Array.from({ length: text.length - 1 }, (_, at) => [
      text.slice(0, at + 1),
      text.slice(at + 1),
    ]);
    for (const pieces of [[text], [...text], ...cuts]) {
      expect(hear(pieces)).toMatchObject({
        statuses: [200],
        body: "hello",
        ends: [true],
        fault: undefined,
      });
    }
  });
});

it("gives headers as they were written, without the space around them", () => {
  expect(hear([LENGTH]).headers).toEqual([
    ["Content-Type", "a/b", "X-Odd", "spaced", "content-length", "5"],
  ]);
});

it("ends with its connection where it has no length, and only there", () => {
  const open = hear(["HTTP/1.1 200 OK\r\n\r\nhel", "lo"]);
  expect([open.close(), open.ends, open.body]).toEqual([true, [false], "hello"]);
  expect(hear([LENGTH.slice(0, -1)]).close()).toBe(false);
  expect(hear([CHUNKED.slice(0, -2)]).close()).toBe(false);
});

it("has no body with 204 and 304, whatever its length says", () => {
  const head = "\r\ncontent-length: 5\r\n\r\n";
  for (const line of ["HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified"]) {
    expect(hear([line + head])).toMatchObject({ ends: [true], body: "" });
  }
});

it("is the last of its connection where either side says so, or bytes follow it", () => {
  const closing = LENGTH.replace("X-Odd", "Connection: keep-alive, Close\r\nX-Odd");
  expect(hear([closing]).ends).toEqual([false]);
  expect(hear([LENGTH.replace("1.1", "1.0")]).ends).toEqual([false]);
  expect(hear([`${LENGTH}HTTP/1.1 200 OK\r\n`])).toMatchObject({
    ends: [false],
    fault: "bytes after the answer",
  });
});

it.each([
  ["HTTP/2 200\r\n\r\n", "no HTTP/1.1 answer"],
  ["SSH-2.0-OpenSSH\r\n\r\n", "no HTTP/1.1 answer"],
  ["HTTP/1.1 101 Switching\r\n\r\n", "an upgrade that nobody asked for"],
  ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "a malformed header"],
  ["HTTP/1.1 200 OK\r\na: 1\r\n folded\r\n\r\n", "a malformed header"],
  ["HTTP/1.1 200 OK\r\na : 1\r\n\r\n", "a malformed header"],
  ["HTTP/1.1 200 OK\r\na: 1\nb: 2\r\n\r\n", "a malformed header"],
  ["HTTP/1.1 200 OK\r\na: \u0000\r\n\r\n", "a malformed header"],
  ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n", "two lengths"],
  ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n", "two lengths"],
  ["HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\n", "a length that is no number"],
  ["HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", "an unknown encoding"],
  ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x3\r\n", "a chunk without its size"],
  ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\nhel", "a line without its end"],
  [
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhello\r\n",
    "a chunk without its end",
  ],
  [`HTTP/1.1 200 OK\r\na: ${"x".repeat(70_000)}`, "a head that is too long"],
])("refuses what could be read in two ways: %j", (text, fault) => {
  expect(hear([text]).fault).toBe(fault);
});

it("tells nobody anything once it is dropped", () => {
  const heard: string[] = [];
  const reader = createAnswerReader({
    onHead: () => heard.push("head"),
    onBody() {
      heard.push("body");
      reader.drop();
    },
    onEnd: () => heard.push("end"),
  });
  reader.begin();
  expect(reader.push(Buffer.from(LENGTH))).toBeUndefined();
  expect(heard).toEqual(["head", "body"]);
});
