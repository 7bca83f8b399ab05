import { type LookupFunction, type OnReadOpts, connect as openPlain, type Socket } from "node:net";
import { connect as openSecure } from "node:tls";
import { type AnswerReader, type AnswerSink, createAnswerReader } from "./answer-reader.ts";

/** One place that requests go to. */
export interface Place {
  readonly isPlain: boolean;
  readonly host: string;
  readonly port: number;
  /** Of the certificate; undefined where the host is an address. */
  readonly servername: string | undefined;
  readonly lookup: LookupFunction | undefined;
  /** Who may have signed its certificate; undefined: those whom Node trusts. */
  readonly authorities: string | undefined;
  /** A connection that is not there after so long, its handshake too, is given up. */
  readonly connectMs: number;
}

/** unreached: nothing of the request has left. broken: the provider may have worked on it. */
export type Lost = "unreached" | "broken";

/** Whoever waits for an answer. */
export interface Receiver extends Omit<AnswerSink, "onEnd"> {
  onEnd(): void;
  /** Once, instead of `onEnd`. */
  onLost(lost: Lost): void;
}

/** A request under way. */
export interface Call {
  pause(): void;
  resume(): void;
  /** Ends it and its connection; its receiver hears nothing more. */
  destroy(): void;
}

/** Connections to one place that are kept between requests, one request at a time on each. */
export interface Connections {
  /** A whole request; its head has only ASCII. */
  send(head: string, body: string, receiver: Receiver): Call;
  /** Ends calls of which nothing was heard since then, on performance.now(). */
  endSilent(beforeMs: number): void;
  close(): void;
}

interface Sent extends Call {
  readonly head: string;
  readonly body: string;
  readonly receiver: Receiver;
  connection: Connection;
  isRetried: boolean;
}

interface Connection {
  readonly socket: Socket;
  readonly reader: AnswerReader;
  sent: Sent | undefined;
  /** Something can leave by now. */
  isOpen: boolean;
  /** It carried a request before this one. */
  isUsed: boolean;
  hasHeard: boolean;
  heardMs: number;
}

interface Pool {
  readonly place: Place;
  readonly all: Set<Connection>;
  readonly idle: Connection[];
  /** With it the next handshake is a short one. */
  ticket: Buffer | undefined;
}

const MOST_IDLE = 256;
/** A longer body is not copied behind its head. */
const ONE_WRITE_LENGTH = 65_536;

export function createConnections(place: Place): Connections {
  const pool: Pool = { place, all: new Set(), idle: [], ticket: undefined };
  return {
    send(head, body, receiver) {
      const connection = takeIdle(pool) ?? open(pool);
      const sent: Sent = {
        head,
        body,
        receiver,
        connection,
        isRetried: false,
        pause() {
          sent.connection.socket.pause();
        },
        resume() {
          sent.connection.socket.resume();
        },
        destroy() {
          end(sent.connection);
        },
      };
      write(connection, sent);
      return sent;
    },
    endSilent(beforeMs) {
      for (const connection of pool.all) {
        if (connection.sent !== undefined && connection.heardMs < beforeMs) {
          lose(connection, connection.sent);
        }
      }
    },
    close() {
      for (const { socket } of pool.all) socket.destroy();
    },
  };
}

/** The one that was used last: of the others more may have been closed for their idleness. */
function takeIdle({ idle }: Pool): Connection | undefined {
  for (;;) {
    const connection = idle.pop();
    if (connection === undefined || !connection.socket.destroyed) return connection;
  }
}

function write(connection: Connection, sent: Sent): void {
  sent.connection = connection;
  connection.sent = sent;
  connection.hasHeard = false;
  connection.heardMs = performance.now();
  connection.reader.begin();
  const { socket } = connection;
  if (sent.body.length < ONE_WRITE_LENGTH) {
    socket.write(sent.head + sent.body);
    return;
  }
  socket.cork();
  socket.write(sent.head);
  socket.write(sent.body);
  socket.uncork();
}

/** Nothing of it is heard any more. */
function end(connection: Connection): void {
  connection.sent = undefined;
  connection.reader.drop();
  connection.socket.destroy();
}

function lose(connection: Connection, sent: Sent): void {
  end(connection);
  sent.receiver.onLost(connection.isOpen ? "broken" : "unreached");
}

/** The connection ended by itself. */
function fail(pool: Pool, connection: Connection): void {
  const { sent, isUsed, hasHeard } = connection;
  if (sent === undefined) {
    end(connection);
    return;
  }
  // Kept, and closed by the provider meanwhile: nobody there saw the request.
  if (isUsed && !hasHeard && !sent.isRetried) {
    end(connection);
    sent.isRetried = true;
    write(open(pool), sent);
  } else lose(connection, sent);
}

function open(pool: Pool): Connection {
  const { isPlain, host, port, servername, lookup, authorities } = pool.place;
  const onread: OnReadOpts = {
    buffer: RECEIVED,
    callback(size, buffer) {
      hear(pool, connection, Buffer.from(buffer.buffer, buffer.byteOffset, size));
      return true;
    },
  };
  const to = { host, port, onread, ...(lookup === undefined ? {} : { lookup }) };
  const socket = isPlain
    ? openPlain(to)
    : openSecure({
        ...to,
        ...(servername === undefined ? {} : { servername }),
        ...(pool.ticket === undefined ? {} : { session: pool.ticket }),
        ...(authorities === undefined ? {} : { ca: authorities }),
        ALPNProtocols: ["http/1.1"],
      });
  const connection: Connection = {
    socket,
    reader: createAnswerReader({
      onHead(status, headers) {
        connection.sent?.receiver.onHead(status, headers);
      },
      onBody(chunk, isLast) {
        connection.sent?.receiver.onBody(chunk, isLast);
      },
      onEnd(canReuse) {
        const { sent } = connection;
        connection.sent = undefined;
        if (canReuse) keep(pool, connection);
        else socket.destroy();
        sent?.receiver.onEnd();
      },
    }),
    sent: undefined,
    isOpen: false,
    isUsed: false,
    hasHeard: false,
    heardMs: 0,
  };
  listen(pool, connection);
  pool.all.add(connection);
  return connection;
}

function keep({ idle }: Pool, connection: Connection): void {
  const { socket } = connection;
  // Answered before all of the request had left: what is still to leave would stand before the next.
  if (socket.writableLength > 0 || socket.destroyed || idle.length >= MOST_IDLE) {
    socket.destroy();
    return;
  }
  if (socket.isPaused()) socket.resume();
  connection.isUsed = true;
  idle.push(connection);
}

/** What was read last, of whatever connection: each reads it out before the next one writes there. */
const RECEIVED = Buffer.allocUnsafeSlow(65_536);

function hear(pool: Pool, connection: Connection, chunk: Buffer): void {
  connection.hasHeard = true;
  connection.heardMs = performance.now();
  if (connection.reader.push(chunk) !== undefined) fail(pool, connection);
}

function listen(pool: Pool, connection: Connection): void {
  const { socket, reader } = connection;
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 60_000);
  const late = setTimeout(() => {
    if (connection.sent !== undefined) lose(connection, connection.sent);
    else end(connection);
  }, pool.place.connectMs);
  socket.once(pool.place.isPlain ? "connect" : "secureConnect", () => {
    clearTimeout(late);
    connection.isOpen = true;
  });
  socket.on("session", (ticket: Buffer) => {
    pool.ticket = ticket;
  });
  socket.on("end", () => {
    if (!reader.close()) fail(pool, connection);
  });
  // Also told by "close".
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearTimeout(late);
    pool.all.delete(connection);
    const at = pool.idle.indexOf(connection);
    if (at >= 0) pool.idle.splice(at, 1);
    fail(pool, connection);
  });
}
