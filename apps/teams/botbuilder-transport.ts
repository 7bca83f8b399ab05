import {
  type Activity,
  type BotFrameworkAdapter,
  type ChannelAccount,
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  type ConversationAccount,
} from "botbuilder";
import { z } from "zod";
import { invariant } from "#core/errors.ts";
import {
  type OutgoingMessage,
  type Place,
  TeamsFailure,
  type TeamsMember,
  type TeamsTransport,
} from "./bot-port.ts";
import { CARD_CONTENT_TYPE } from "./card.ts";
import type { TeamsCredentials } from "./credentials.ts";

// The only file that knows the SDK. botbuilder 4.23 is archived; @microsoft/agents-hosting speaks the
// same protocol and would be a second file beside this one.

type Connector = ReturnType<BotFrameworkAdapter["createConnectorClient"]>;

const TEAMS = "msteams";
/** Teams itself gives up on an answer after 15 s. */
const TIMEOUT_MS = 10_000;
const PAGE_SIZE = 500;

/** `cloud` holds addresses of another cloud than the public one, as the SDK names them. */
export function botbuilderTransport(
  credentials: TeamsCredentials,
  cloud: Readonly<Record<string, string>> = {},
): TeamsTransport {
  const options = { ...sdkOptions(credentials), ...cloud };
  const authentication = new ConfigurationBotFrameworkAuthentication(options);
  const appId = credentials.appType === "Playground" ? "" : credentials.appId;
  const reach = reachBy(new CloudAdapter(authentication), appId);
  return {
    async authenticate(activity, authorization) {
      if (credentials.appType === "Playground") return isLoopback(activity.serviceUrl);
      try {
        await authentication.authenticateRequest(SdkActivity.parse(activity), authorization);
        return true;
      } catch (error) {
        if (isRefusal(error)) return false;
        throw error;
      }
    },
    ...messageCalls(reach),
    ...conversationCalls(reach),
    ...memberCalls(reach),
  };
}

type Reach = ReturnType<typeof reachBy>;

/** A turn of our own with the connector of the place's region; retries are the caller's. */
function reachBy(adapter: CloudAdapter, appId: string) {
  return async function reach<T>(
    place: Omit<Place, "conversationId"> & { conversationId?: string },
    call: (connector: Connector) => Promise<T>,
  ): Promise<T> {
    const results: T[] = [];
    const reference = {
      channelId: TEAMS,
      serviceUrl: place.serviceUrl,
      bot: account(place.botId),
      conversation: conversation(place),
    };
    try {
      await adapter.continueConversationAsync(appId, reference, async (context) => {
        const connector = context.turnState.get<Connector>(adapter.ConnectorClientKey);
        invariant(connector !== undefined, "a turn has a connector");
        withoutRetries(connector);
        results.push(await call(connector));
      });
    } catch (error) {
      throw failure(error);
    }
    for (const result of results) return result;
    throw new TeamsFailure("the SDK ran no turn", {});
  };
}

function messageCalls(reach: Reach): Pick<TeamsTransport, "send" | "update"> {
  return {
    send: (place, message) =>
      reach(place, async ({ conversations }) => {
        const activity = activityOf(message, place);
        const id = place.conversationId;
        return (await conversations.sendToConversation(id, activity, { timeout: TIMEOUT_MS })).id;
      }),
    update: (place, activityId, message) =>
      reach(place, async ({ conversations }) => {
        const activity = activityOf(message, place);
        const id = place.conversationId;
        await conversations.updateActivity(id, activityId, activity, { timeout: TIMEOUT_MS });
      }),
  };
}

function conversationCalls(reach: Reach): Pick<TeamsTransport, "openPersonal" | "openThread"> {
  return {
    openPersonal: (place, userId) =>
      reach(place, async ({ conversations }) => {
        const parameters = ConversationParameters.parse({
          isGroup: false,
          bot: account(place.botId),
          members: [account(userId)],
          tenantId: place.tenantId,
          channelData: { tenant: { id: place.tenantId } },
        });
        return (await conversations.createConversation(parameters, { timeout: TIMEOUT_MS })).id;
      }),
    openThread: (channel, message) =>
      reach(channel, async ({ conversations }) => {
        const parameters = ConversationParameters.parse({
          isGroup: true,
          bot: account(channel.botId),
          channelData: { channel: { id: channel.conversationId } },
          activity: activityOf(message, undefined),
        });
        const created = await conversations.createConversation(parameters, { timeout: TIMEOUT_MS });
        return { conversationId: created.id, activityId: created.activityId };
      }),
  };
}

function memberCalls(reach: Reach): Pick<TeamsTransport, "findMember" | "listMembers"> {
  return {
    findMember: async (place, userId) => {
      try {
        return await reach(place, async ({ conversations }) => {
          const id = place.conversationId;
          const options = { timeout: TIMEOUT_MS };
          return memberOf(await conversations.getConversationMember(id, userId, options));
        });
      } catch (error) {
        if (error instanceof TeamsFailure && error.status === 404) return undefined;
        throw error;
      }
    },
    listMembers: (place, continuation) =>
      reach(place, async ({ conversations }) => {
        const page = await conversations.getConversationPagedMembers(
          place.conversationId,
          PageOptions.parse({
            pageSize: PAGE_SIZE,
            timeout: TIMEOUT_MS,
            ...(continuation === undefined ? {} : { continuationToken: continuation }),
          }),
        );
        // Typed as always there; the last page has none.
        const next: string | undefined = page.continuationToken;
        return {
          members: page.members.map(memberOf),
          continuation: next === "" ? undefined : next,
        };
      }),
  };
}

// The SDK's types demand fields that its protocol leaves out, and Teams refuses them when empty.
const isObject = (value: unknown) => typeof value === "object" && value !== null;
const SdkActivity = z.custom<Activity>(isObject);
const SdkAccount = z.custom<ChannelAccount>(isObject);
const SdkConversation = z.custom<ConversationAccount>(isObject);
const ConversationParameters =
  z.custom<Parameters<Connector["conversations"]["createConversation"]>[0]>(isObject);
const PageOptions =
  z.custom<NonNullable<Parameters<Connector["conversations"]["getConversationPagedMembers"]>[1]>>(
    isObject,
  );

function sdkOptions(credentials: TeamsCredentials): Record<string, string> {
  if (credentials.appType === "Playground") return { MicrosoftAppType: "MultiTenant" };
  return {
    MicrosoftAppType: credentials.appType,
    MicrosoftAppId: credentials.appId,
    MicrosoftAppTenantId: credentials.tenantId,
    ...(credentials.appPassword === undefined
      ? {}
      : { MicrosoftAppPassword: credentials.appPassword }),
  };
}

function conversation(place: { tenantId: string; conversationId?: string }) {
  return SdkConversation.parse({ id: place.conversationId ?? "", tenantId: place.tenantId });
}

function account(id: string) {
  return SdkAccount.parse({ id });
}

function activityOf(message: OutgoingMessage, place: Place | undefined): Partial<Activity> {
  const card =
    message.card === undefined ? [] : [{ contentType: CARD_CONTENT_TYPE, content: message.card }];
  const attachments = [...card, ...(message.attachments ?? [])];
  return {
    type: "message",
    channelId: TEAMS,
    summary: message.summary,
    ...(message.text === undefined ? {} : { text: message.text, textFormat: "plain" }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(place === undefined
      ? {}
      : { from: account(place.botId), conversation: conversation(place) }),
  };
}

const Member = z.object({
  id: z.string(),
  aadObjectId: z.string().nullish(),
  objectId: z.string().nullish(),
  email: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  tenantId: z.string().nullish(),
  userRole: z.string().nullish(),
});

function memberOf(account: ChannelAccount | ChannelAccount[]): TeamsMember {
  const member = Member.parse(account);
  return {
    userId: member.id,
    aadObjectId: member.aadObjectId ?? member.objectId ?? undefined,
    email: member.email ?? undefined,
    userPrincipalName: member.userPrincipalName ?? undefined,
    tenantId: member.tenantId ?? undefined,
    role: member.userRole ?? undefined,
  };
}

/**
 * The SDK's client repeats a POST after 502 or 504 and sleeps through a 429: a message could be shown
 * twice, and the outbox would not learn how long to wait. It has no option for it.
 */
function withoutRetries(connector: Connector): void {
  const pipeline = Pipeline.parse(Reflect.get(connector, "client")).pipeline;
  pipeline.removePolicy({ name: "defaultRetryPolicy" });
}

const Pipeline = z.object({
  pipeline: z.custom<{ removePolicy(named: { name: string }): unknown }>(
    (value) => typeof value === "object" && value !== null && "removePolicy" in value,
  ),
});

const HttpError = z.object({
  statusCode: z.number(),
  response: z
    .object({ headers: z.custom<{ get(name: string): string | undefined }>().optional() })
    .optional(),
});

function failure(error: unknown): TeamsFailure {
  const http = HttpError.safeParse(error);
  const status = http.success ? http.data.statusCode : undefined;
  const retryAfter = http.success ? http.data.response?.headers?.get("retry-after") : undefined;
  return new TeamsFailure(`Teams answered ${status ?? "nothing"}`, {
    status,
    retryAfterMs: retryAfterMs(retryAfter),
    cause: error,
  });
}

/** Seconds only: the Bot Connector sends no dates, and an answer without it is the caller's guess. */
function retryAfterMs(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}

/**
 * The token is wrong, as opposed to: it could not be checked. The SDK throws its own error without a
 * name of its own, and lets the errors of its JWT library through.
 */
function isRefusal(error: unknown): boolean {
  const isNamed = error instanceof Error && JWT_ERRORS.has(error.name);
  return isNamed || Refused.safeParse(error).success;
}

const JWT_ERRORS = new Set(["JsonWebTokenError", "NotBeforeError", "TokenExpiredError"]);
const Refused = z.object({ statusCode: z.literal(401) });

/** Without tokens anybody could make the bot post anywhere; so it posts to this machine only. */
function isLoopback(serviceUrl: unknown): boolean {
  if (typeof serviceUrl !== "string" || !URL.canParse(serviceUrl)) return false;
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(serviceUrl).hostname);
}
