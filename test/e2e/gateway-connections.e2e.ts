import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { startGateway, type TestGateway } from "#test/gateway/gateway.ts";
import { ask, messages } from "#test/gateway/raw.ts";

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const chat = {
  path: "/v1/chat/completions",
  body: { model: "gpt-4o", messages, max_tokens: 50, service_tier: "default" },
};
const ANSWER = JSON.stringify({
  model: "gpt-4o",
  choices: [],
  usage: { prompt_tokens: 8, completion_tokens: 2 },
});
const WHOLE = `HTTP/1.1 200 OK\r\ncontent-length: ${ANSWER.length}\r\n\r\n${ANSWER}`;

interface Heard {
  readonly gateway: TestGateway;
  /** Requests in the order in which they came, by the number of their connection. */
  readonly requests: number[];
}

/** A provider that is written byte by byte: `answer` gets the nth request, of the nth connection. */
async function providerThat(
  answer: (socket: Socket, request: number, connection: number) => void,
): Promise<Heard> {
  const requests: number[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    const connection = connections;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      if (!chunk.toString("latin1").startsWith("POST ")) return;
      requests.push(connection);
      answer(socket, requests.length, connection);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const gateway = await startGateway(`http://127.0.0.1:${port}`);
  ending.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  ending.push(() => gateway.close());
  return { gateway, requests };
}

const costs = ({ gateway }: Heard) =>
  gateway.events.map(({ event, cost }) => [event.status, event.estimated, cost > 0n]);

it("uses a connection again, and asks anew where it was closed meanwhile", async () => {
  const heard = await providerThat((socket, request) => {
    if (request === 3) socket.destroy();
    else socket.write(WHOLE);
  });
  for (let time = 0; time < 4; time += 1) {
    const answer = await ask(heard.gateway.url, chat);
    expect([answer.status, answer.body.toString()]).toEqual([200, ANSWER]);
  }
  expect(heard.requests).toEqual([1, 1, 1, 2, 2]);
  expect(costs(heard)).toEqual(Array.from({ length: 4 }, () => ["ok", false, true]));
});

it("asks only once more, and never where a part of an answer came or the connection was new", async () => {
  const heard = await providerThat((socket, request) => {
    if (request === 1) socket.write(WHOLE);
    else if (request === 4) socket.end("HTTP/1.1 200 OK\r\n");
    else socket.destroy();
  });
  expect((await ask(heard.gateway.url, chat)).status).toBe(200);
  // The kept one, and a new one; then a new one alone, twice.
  for (const requests of [
    [1, 1, 2],
    [1, 1, 2, 3],
    [1, 1, 2, 3, 4],
  ]) {
    const lost = await ask(heard.gateway.url, chat);
    expect([lost.status, lost.body.toString()]).toEqual([
      502,
      expect.stringContaining("provider_unreachable"),
    ]);
    expect(heard.requests).toEqual(requests);
  }
  // The provider may have worked on it.
  expect(costs(heard).slice(1)).toEqual(Array.from({ length: 3 }, () => ["error", true, true]));
  expect(heard.gateway.store.open()).toBe(0);
});

it("does not use a connection again whose answer was followed by more, or is not HTTP", async () => {
  const heard = await providerThat((socket, request) => {
    if (request === 1) socket.write(`${WHOLE}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`);
    else if (request === 2) socket.write("HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n");
    else socket.write(WHOLE);
  });
  const answers = [];
  for (let time = 0; time < 3; time += 1) answers.push(await ask(heard.gateway.url, chat));
  expect(answers.map(({ status }) => status)).toEqual([200, 502, 200]);
  expect(answers.map(({ headers }) => headers.c)).toEqual([undefined, undefined, undefined]);
  expect(heard.requests).toEqual([1, 2, 3]);
});

it("passes on an answer that comes before all of the request has left", async () => {
  const large = { ...chat.body, messages: [{ role: "user", content: "x".repeat(20_000_000) }] };
  const heard = await providerThat((socket, request) => {
    if (request > 1) {
      socket.write(WHOLE);
      return;
    }
    socket.pause();
    socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\n{}");
  });
  const cheap = { ...large, model: "gpt-4o-mini" };
  expect((await ask(heard.gateway.url, { ...chat, body: cheap })).status).toBe(413);
  expect((await ask(heard.gateway.url, chat)).status).toBe(200);
  expect(heard.requests).toEqual([1, 2]);
  expect(costs(heard)[0]).toEqual(["error", false, false]);
});

it("says of an answer in chunks that breaks off that it broke off", async () => {
  const heard = await providerThat((socket) =>
    socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
  );
  await expect(
    ask(heard.gateway.url, chat).then(({ body }) => {
      if (body.toString() !== "hello") throw new Error(`got ${body.toString()}`);
    }),
  ).resolves.toBeUndefined();
  await expect.poll(() => costs(heard)).toEqual([["error", true, true]]);
});
