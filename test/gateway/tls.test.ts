import { readFileSync } from "node:fs";
import { type AddressInfo, createServer as createPlainServer, type Server } from "node:net";
import { createSecureContext, createServer, type SecureContext } from "node:tls";
import { afterEach, expect, it } from "vitest";
import { startGateway, type TestGateway } from "./gateway.ts";
import { ask, messages } from "./raw.ts";

// Made for these tests, for the name localhost and until 2120; their authority's key was not kept.
const pem = (name: string) =>
  readFileSync(new URL(`./certificates/${name}.pem`, import.meta.url), "utf8");
const authorities = pem("authority");
const ANSWER = JSON.stringify({
  model: "gpt-4o",
  choices: [],
  usage: { prompt_tokens: 8, completion_tokens: 2 },
});
const WHOLE = `HTTP/1.1 200 OK\r\ncontent-length: ${ANSWER.length}\r\n\r\n${ANSWER}`;
const chat = {
  path: "/v1/chat/completions",
  body: { model: "gpt-4o", messages, max_tokens: 50, service_tier: "default" },
};

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ending.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

interface Provider {
  readonly port: number;
  /** Names that were asked for in handshakes, before anything else. */
  readonly names: string[];
  /** What came once the handshake was done. */
  readonly heard: string[];
  /** Handshakes that were short because they took one up again. */
  readonly resumed: boolean[];
}

async function secureProvider(certificate = "localhost"): Promise<Provider> {
  const names: string[] = [];
  const heard: string[] = [];
  const resumed: boolean[] = [];
  const own = { cert: pem(certificate), key: pem("localhost-key") };
  const options = {
    ...own,
    SNICallback(name: string, callback: (error: null, context: SecureContext) => void) {
      names.push(name);
      callback(null, createSecureContext(own));
    },
  };
  const server = createServer(options, (socket) => {
    resumed.push(socket.isSessionReused());
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      heard.push(chunk.toString("latin1"));
      // The next request needs a connection of its own.
      socket.end(`${WHOLE.replace("\r\n", "\r\nconnection: close\r\n")}`);
    });
  });
  server.on("tlsClientError", () => undefined);
  return { port: await portOf(server), names, heard, resumed };
}

async function gatewayTo(url: string, transport: object): Promise<TestGateway> {
  const gateway = await startGateway(url, { transport });
  ending.push(() => gateway.close());
  return gateway;
}

/** Nothing of the request left, so that it is free. */
async function expectUnreached(gateway: TestGateway): Promise<void> {
  const answer = await ask(gateway.url, chat);
  expect([answer.status, answer.body.toString()]).toEqual([
    502,
    expect.stringContaining("provider_unreachable"),
  ]);
  expect([gateway.events, gateway.store.open()]).toEqual([[], 0]);
}

it("asks a provider whose certificate is right, by its name, and takes the handshake up again", async () => {
  const provider = await secureProvider();
  const gateway = await gatewayTo(`https://localhost:${provider.port}`, { authorities });
  for (let time = 0; time < 2; time += 1) {
    const answer = await ask(gateway.url, chat);
    expect([answer.status, answer.body.toString()]).toEqual([200, ANSWER]);
  }
  expect(provider.names[0]).toBe("localhost");
  expect(provider.resumed).toEqual([false, true]);
  expect(provider.heard[0]).toMatch(/^POST \/v1\/chat\/completions HTTP\/1\.1\r\n/);
  expect(gateway.events.map(({ event }) => event.estimated)).toEqual([false, false]);
});

it("sends nothing to one whose certificate is for another name, from nobody it trusts, or expired", async () => {
  const provider = await secureProvider();
  const { port } = provider;
  await expectUnreached(await gatewayTo(`https://127.0.0.1:${port}`, { authorities }));
  await expectUnreached(await gatewayTo(`https://localhost:${port}`, {}));
  const expired = await secureProvider("expired");
  await expectUnreached(await gatewayTo(`https://localhost:${expired.port}`, { authorities }));
  expect([provider.heard, expired.heard]).toEqual([[], []]);
});

it("gives up a handshake that hangs, and speaks to nobody who speaks no TLS", async () => {
  const silent = await portOf(createPlainServer());
  const hanging = { authorities, connectMs: 60 };
  await expectUnreached(await gatewayTo(`https://localhost:${silent}`, hanging));
  const plain = await portOf(createPlainServer((socket) => socket.end(WHOLE)));
  await expectUnreached(await gatewayTo(`https://localhost:${plain}`, { authorities }));
});
