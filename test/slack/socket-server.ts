import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import type { Json } from "./slack-emulator.ts";

export interface SocketServer {
  url: string;
  /** Sends an envelope and resolves with the frame that acknowledges it. */
  send(envelope: Json & { envelope_id: string }): Promise<Json>;
  close(): Promise<void>;
}

/** The end of Socket Mode that Slack runs: one connection, text frames (RFC 6455) under 64 KB. */
export async function startSocketServer(): Promise<SocketServer> {
  const server = createServer();
  const waiting = new Map<string, (ack: Json) => void>();
  const sockets: Duplex[] = [];
  server.on("upgrade", (request, socket) => {
    sockets.push(socket);
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.write(frame(JSON.stringify({ type: "hello", num_connections: 1 })));
    let pending: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (let next = unframe(pending); next !== undefined; next = unframe(pending)) {
        pending = next.rest;
        if (next.text === undefined) continue;
        const ack: Json = JSON.parse(next.text);
        waiting.get(String(ack.envelope_id))?.(ack);
      }
    });
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return {
    url: `ws://127.0.0.1:${address.port}/link`,
    send: (envelope) =>
      new Promise((resolve) => {
        waiting.set(envelope.envelope_id, resolve);
        sockets.at(-1)?.write(frame(JSON.stringify(envelope)));
      }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = payload.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4);
  header[0] = 0x81;
  header[1] = Math.min(payload.length, 126);
  if (payload.length >= 126) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

/** The first whole frame of a client, which masks; `text` is undefined for control frames. */
function unframe(data: Buffer): { text: string | undefined; rest: Buffer } | undefined {
  if (data.length < 6) return undefined;
  const short = (data[1] ?? 0) & 0x7f;
  const start = short === 126 ? 8 : 6;
  if (data.length < start) return undefined;
  const length = short === 126 ? data.readUInt16BE(2) : short;
  if (data.length < start + length) return undefined;
  const mask = data.subarray(start - 4, start);
  const payload = Buffer.from(data.subarray(start, start + length));
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index % 4] ?? 0);
  const isText = ((data[0] ?? 0) & 0x0f) === 1;
  return { text: isText ? payload.toString() : undefined, rest: data.subarray(start + length) };
}
