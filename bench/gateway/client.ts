import { connect, type Socket } from "node:net";
import { QUESTION } from "./answers.ts";

export interface Measured {
  readonly perSecond: number;
  /** Of each request but the first of a connection (unless it is the only one), in ms. */
  readonly latencies: readonly number[];
}

export interface Asking {
  readonly count: number;
  readonly clients: number;
  readonly stream?: boolean;
  readonly upstream: string;
  /** "sk-bench" unless said. */
  readonly key?: string;
  /** Of every answer; 200 unless said. */
  readonly status?: number;
}

/**
 * `count` requests, `clients` at a time, on connections that are kept. On bare sockets with one prepared
 * request: an http client costs as much as a proxy, and would be what is measured.
 */
export async function ask(port: number, asking: Asking): Promise<Measured> {
  const request = requestOf(port, asking);
  const expected = `HTTP/1.1 ${asking.status ?? 200}`;
  const latencies: number[] = [];
  const left = { count: asking.count };
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: asking.clients }, () =>
      oneClient(port, request, expected, left, latencies),
    ),
  );
  return { perSecond: (asking.count * 1_000) / (performance.now() - startMs), latencies };
}

function requestOf(port: number, { stream, upstream, key = "sk-bench" }: Asking): Buffer {
  const body = stream === true ? `${QUESTION.slice(0, -1)},"stream":true}` : QUESTION;
  return Buffer.from(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n` +
      `authorization: Bearer ${key}\r\ncontent-type: application/json\r\n` +
      // Only Portkey reads these.
      `x-portkey-provider: openai\r\nx-portkey-custom-host: ${upstream}/v1\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function oneClient(
  port: number,
  request: Buffer,
  expected: string,
  left: { count: number },
  latencies: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    const answer = newAnswer();
    let sentMs = 0;
    let isWarm = false;
    const next = (): void => {
      if (left.count <= 0) {
        socket.off("close", lost);
        socket.destroy();
        resolve();
        return;
      }
      left.count -= 1;
      sentMs = performance.now();
      socket.write(request);
    };
    const lost = (): void => reject(new Error("a connection ended before its answer"));
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("close", lost);
    socket.on("data", (chunk: Buffer) => {
      const state = readAnswer(answer, chunk, expected);
      if (state === "more") return;
      if (state === "whole") {
        if (isWarm || left.count === 0) latencies.push(performance.now() - sentMs);
        isWarm = true;
        next();
      } else fail(socket, reject, state);
    });
  });
}

function fail(socket: Socket, reject: (error: Error) => void, head: string): void {
  socket.destroy();
  reject(new Error(`answered with ${head.split("\r\n", 1)[0]}`));
}

interface Answer {
  head: string;
  /** Bytes of the body that are still to come; undefined: in chunks. */
  left: number | undefined;
  tail: string;
}

function newAnswer(): Answer {
  return { head: "", left: undefined, tail: "" };
}

const LAST_CHUNK = "0\r\n\r\n";

/** "whole" where the answer is complete; the head of one that has another status. */
function readAnswer(answer: Answer, chunk: Buffer, expected: string): string {
  let from = 0;
  if (!answer.head.endsWith("\r\n\r\n")) {
    const text = answer.head + chunk.toString("latin1");
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      answer.head = text;
      return "more";
    }
    from = end + 4 - answer.head.length;
    answer.head = text.slice(0, end + 4);
    if (!answer.head.startsWith(expected)) return answer.head;
    const length = /\r\ncontent-length: *(\d+)/i.exec(answer.head)?.[1];
    answer.left = length === undefined ? undefined : Number(length);
    answer.tail = "";
  }
  if (answer.left === undefined) {
    answer.tail = (answer.tail + chunk.toString("latin1", Math.max(from, chunk.length - 5))).slice(
      -5,
    );
    if (answer.tail !== LAST_CHUNK) return "more";
  } else {
    answer.left -= chunk.length - from;
    if (answer.left > 0) return "more";
  }
  answer.head = "";
  return "whole";
}
