import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import net, { type AddressInfo } from "node:net";
import { createEmulator, type Emulator } from "emulate";
import { z } from "zod";
import { MessageLimits, ViewLimits } from "#apps/slack/block-limits.ts";
import manifest from "#apps/slack/manifest.json" with { type: "json" };

export const BOT_TOKEN = "xoxb-test";
/** May do everything: for what a test looks up itself. */
const OBSERVER_TOKEN = "xoxb-observer";
export const BOT_USER = "UAISPEND";
export const TEAM = "T000000001";

const json = z.record(z.string(), z.unknown());
export type Json = z.infer<typeof json>;

export interface Call {
  method: string;
  args: Json;
}

/** What the emulator cannot know or do: facts of users and channels, and Slack's refusals. */
export interface Overlay {
  user: Record<string, Json>;
  channel: Record<string, Json>;
  /** Asked before each call; what it returns is Slack's answer. */
  refuse: (
    call: Call,
  ) => { status?: number; headers?: Record<string, string>; body: Json } | undefined;
  respond: (post: Json, url: string) => { status: number; body: string };
}

export interface SlackEmulator {
  /** For the web client; every call passes the limits of Block Kit on its way to the emulator. */
  apiUrl: string;
  /** The emulator's own page: what its Slack holds. */
  inspectorUrl: string;
  responseUrl: (id: string) => string;
  calls: Call[];
  /** Posts to response URLs, by the id of the URL. */
  responses: { url: string; message: Json }[];
  overlay: Overlay;
  userIds: Record<string, string>;
  channelIds: Record<string, string>;
  call(method: string, args: Json): Promise<Json>;
  /** The conversation of the bot with one account. */
  direct(userId: string): Promise<string>;
  download(url: string): Promise<string>;
  close(): Promise<void>;
}

const QUIET: Overlay = {
  user: {},
  channel: {},
  refuse: () => undefined,
  respond: () => ({ status: 200, body: "ok" }),
};

/** The emulator's Slack on loopback behind a server that records and checks what is sent to it. */
export async function startSlack(): Promise<SlackEmulator> {
  const emulator = await startEmulator();
  const calls: Call[] = [];
  const responses: SlackEmulator["responses"] = [];
  const overlay: Overlay = { ...QUIET, user: {}, channel: {} };
  const front = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const body = await read(request);
    if (path.startsWith("/response/")) {
      const message = json.parse(JSON.parse(body));
      responses.push({ url: path.slice("/response/".length), message });
      const problem = MessageLimits.safeParse(message).error;
      if (problem !== undefined) throw problem;
      const answer = overlay.respond(message, path);
      response.writeHead(answer.status).end(answer.body);
      return;
    }
    const call = { method: path.slice("/api/".length), args: argsOf(body, request) };
    calls.push(call);
    check(call);
    const refusal = overlay.refuse(call);
    if (refusal !== undefined) {
      response.writeHead(refusal.status ?? 200, {
        "content-type": "application/json",
        ...refusal.headers,
      });
      response.end(JSON.stringify(refusal.body));
      return;
    }
    const answer = await forward(emulator.url, path, body, request);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(dressed(call, answer, overlay)));
  }

  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${portOf(front.address())}`;
  const call = async (method: string, args: Json) =>
    json.parse(
      await (
        await fetch(`${emulator.url}/api/${method}`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${OBSERVER_TOKEN}`,
            "content-type": "application/json",
          },
          body: JSON.stringify(args),
        })
      ).json(),
    );
  const users = Named.parse((await call("users.list", { limit: 1000 })).members);
  const channels = Named.parse(
    (await call("conversations.list", { types: "public_channel,private_channel" })).channels,
  );
  return {
    apiUrl: `${url}/api/`,
    inspectorUrl: emulator.url,
    responseUrl: (id) => `${url}/response/${id}`,
    calls,
    responses,
    overlay,
    userIds: Object.fromEntries(users.map((one) => [one.name, one.id])),
    channelIds: Object.fromEntries(channels.map((one) => [one.name, one.id])),
    call,
    async direct(userId) {
      const { channel } = await call("conversations.open", { users: userId });
      return z.object({ id: z.string() }).parse(channel).id;
    },
    async download(file) {
      const headers = { authorization: `Bearer ${OBSERVER_TOKEN}` };
      return (await fetch(file, { headers })).text();
    },
    async close() {
      await new Promise<void>((resolve) => {
        front.close(() => resolve());
        front.closeAllConnections();
      });
      await emulator.close();
    },
  };
}

const Named = z.array(z.object({ id: z.string(), name: z.string() }));

/** Facts that users.info and conversations.info of the real Slack have and the emulator lacks. */
function dressed(call: Call, answer: Json, overlay: Overlay): Json {
  if (call.method === "users.info" && answer.user !== undefined) {
    const user = json.parse(answer.user);
    const facts = overlay.user[String(user.id)] ?? {};
    return { ...answer, user: { is_email_confirmed: true, ...user, ...facts } };
  }
  if (call.method === "conversations.info" && answer.channel !== undefined) {
    const channel = json.parse(answer.channel);
    return { ...answer, channel: { ...channel, ...overlay.channel[String(channel.id)] } };
  }
  return answer;
}

/** Every payload with blocks or a view passes our validator, or the call fails with its words. */
function check({ method, args }: Call): void {
  const message = ["chat.postMessage", "chat.postEphemeral", "chat.update"].includes(method);
  const limits = message ? MessageLimits : "view" in args ? ViewLimits : undefined;
  const problem = limits?.safeParse(message ? args : args.view).error;
  if (problem !== undefined) throw new Error(`${method}: ${problem.message}`);
}

async function startEmulator(): Promise<Emulator & { url: string }> {
  const port = await freePort();
  const listen = net.Server.prototype.listen;
  // It would listen on all interfaces.
  net.Server.prototype.listen = function (this: net.Server, ...given: unknown[]) {
    return Reflect.apply(listen, this, [port, "127.0.0.1", given.findLast(isFunction)]);
  };
  try {
    return await createEmulator({
      service: "slack",
      port,
      baseUrl: `http://127.0.0.1:${port}`,
      seed: { slack: SEED },
    });
  } finally {
    net.Server.prototype.listen = listen;
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/** The token has the scopes of our manifest and no other, and the emulator insists on them. */
const SEED = {
  team: { name: "Acme", domain: "acme" },
  strict_scopes: true,
  users: [
    { name: "ana", real_name: "Ana Ruiz", email: "Ana@Acme.example" },
    { name: "jo", real_name: "Jo Park", email: "jo@acme.example" },
    { name: "stranger", real_name: "Sam Else", email: "sam@else.example" },
    { name: "guest", real_name: "Gil Guest", email: "gil@agency.example" },
    { name: "robot", real_name: "Robot", email: "robot@acme.example" },
  ],
  channels: [
    { name: "payments" },
    { name: "partners" },
    { name: "suppliers" },
    { name: "board", is_private: true },
  ],
  oauth_apps: [
    {
      client_id: "1.2",
      client_secret: "s",
      app_id: "A1",
      name: "aispend",
      bot_id: "BAISPEND",
      bot_user_id: BOT_USER,
      bot_name: "aispend",
      redirect_uris: [],
    },
  ],
  tokens: [
    {
      token: BOT_TOKEN,
      type: "bot",
      user_id: BOT_USER,
      bot_id: "BAISPEND",
      app_id: "A1",
      scopes: manifest.oauth_config.scopes.bot,
    },
    {
      token: OBSERVER_TOKEN,
      type: "bot",
      user_id: BOT_USER,
      bot_id: "BAISPEND",
      app_id: "A1",
      scopes: [
        ...["channels:read", "channels:history", "groups:read", "groups:history", "im:read"],
        ...["im:history", "im:write", "users:read", "files:read"],
      ],
    },
  ],
};

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = portOf(server.address());
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** The web client sends forms whose objects are JSON. */
function argsOf(body: string, request: IncomingMessage): Json {
  if (request.headers["content-type"]?.includes("json")) return json.parse(JSON.parse(body));
  const args: Json = {};
  for (const [name, value] of new URLSearchParams(body)) {
    args[name] = /^[[{]/.test(value) ? JSON.parse(value) : value;
  }
  return args;
}

async function forward(
  url: string,
  path: string,
  body: string,
  request: IncomingMessage,
): Promise<Json> {
  const { authorization = "", "content-type": contentType = "" } = request.headers;
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { authorization, "content-type": contentType },
    body,
  });
  return json.parse(await response.json());
}
