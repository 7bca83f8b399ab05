import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { z } from "zod";

const Sent = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  summary: z.string().optional(),
  attachments: z
    .array(
      z.looseObject({
        contentType: z.string(),
        name: z.string().optional(),
        content: z.record(z.string(), z.unknown()),
      }),
    )
    .optional(),
});
export type Sent = z.infer<typeof Sent>;

export interface Delivery {
  method: "POST" | "PUT";
  conversationId: string;
  activityId: string;
  activity: Sent;
}

export interface Member {
  id: string;
  aadObjectId: string;
  email: string;
  userPrincipalName: string;
  tenantId: string;
  userRole: string;
}

export interface ConnectorServer {
  url: string;
  /** What the bot posted or updated, in order. */
  deliveries: Delivery[];
  /** Chats the bot opened with somebody: user id and the conversation made. */
  opened: { userId: string; conversationId: string }[];
  /** Members of a conversation; asking about anybody else is answered 404. */
  rosters: Map<string, Member[]>;
  /** Answers the next requests whose path matches with this status. */
  refuse(path: RegExp, status: number, options?: { times?: number; retryAfter?: string }): void;
  close(): Promise<void>;
}

/** Stands for Microsoft's Bot Connector: the few calls of its REST interface that a bot makes. */
export async function startConnector(): Promise<ConnectorServer> {
  const deliveries: Delivery[] = [];
  const opened: { userId: string; conversationId: string }[] = [];
  const rosters = new Map<string, Member[]>();
  const refusals: { path: RegExp; status: number; left: number; retryAfter?: string }[] = [];
  let next = 1;
  const app = express();
  app.use(express.json({ limit: "1mb" }));
  app.use((request, response, proceed) => {
    const refusal = refusals.find(
      (one) =>
        one.left > 0 && one.path.test(`${request.method} ${decodeURIComponent(request.path)}`),
    );
    if (refusal === undefined) return proceed();
    refusal.left -= 1;
    if (refusal.retryAfter !== undefined) response.setHeader("retry-after", refusal.retryAfter);
    response.status(refusal.status).json({ error: { code: "Refused", message: "refused" } });
  });
  const record = (
    method: "POST" | "PUT",
    conversationId: string,
    activityId: string,
    body: unknown,
  ) => deliveries.push({ method, conversationId, activityId, activity: Sent.parse(body) });

  app.post("/v3/conversations/:conversation/activities", (request, response) => {
    const id = `m${next++}`;
    record("POST", request.params.conversation, id, request.body);
    response.status(201).json({ id });
  });
  app.put("/v3/conversations/:conversation/activities/:activity", (request, response) => {
    const { conversation, activity } = request.params;
    record("PUT", conversation, activity, request.body);
    response.json({ id: activity });
  });
  app.post("/v3/conversations", (request, response) => {
    const body = Create.parse(request.body);
    if (body.activity !== undefined) {
      const id = `m${next++}`;
      const conversationId = `${body.channelData?.channel?.id};messageid=${id}`;
      record("POST", conversationId, id, body.activity);
      response.status(201).json({ id: conversationId, activityId: id });
      return;
    }
    const userId = body.members?.[0]?.id ?? "";
    const conversationId = `a:personal-${userId}`;
    opened.push({ userId, conversationId });
    response.status(201).json({ id: conversationId });
  });
  app.get("/v3/conversations/:conversation/members/:member", (request, response) => {
    const roster = rosters.get(request.params.conversation) ?? [];
    const found = roster.find((member) => member.id === request.params.member);
    if (found === undefined) response.status(404).json({ error: { code: "MemberNotFound" } });
    else response.json(found);
  });
  app.get("/v3/conversations/:conversation/pagedmembers", (request, response) => {
    const roster = rosters.get(request.params.conversation) ?? [];
    const from = Number(request.query.continuationToken ?? 0);
    const size = 2;
    const more = from + size < roster.length ? { continuationToken: String(from + size) } : {};
    response.json({ members: roster.slice(from, from + size), ...more });
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    deliveries,
    opened,
    rosters,
    refuse: (path, status, options = {}) => {
      const retryAfter = options.retryAfter === undefined ? {} : { retryAfter: options.retryAfter };
      refusals.push({ path, status, left: options.times ?? 1, ...retryAfter });
    },
    close: () => closed(server),
  };
}

const Create = z.looseObject({
  members: z.array(z.looseObject({ id: z.string() })).optional(),
  activity: z.unknown().optional(),
  channelData: z.looseObject({ channel: z.looseObject({ id: z.string() }).optional() }).optional(),
});

export function portOf(server: Server): number {
  const address = server.address();
  const isAddress = (value: unknown): value is AddressInfo =>
    typeof value === "object" && value !== null && "port" in value;
  if (!isAddress(address)) throw new Error("the server listens on no port");
  return address.port;
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
