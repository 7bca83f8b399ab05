import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { brainOf } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import {
  makePressesWorld,
  type PressesWorld,
  type SeatPress,
  testPresses,
} from "#test/showback/presses-contract.ts";
import { type InstalledApp, installApp } from "#test/slack/installed-app.ts";
import type { Json } from "#test/slack/slack-emulator.ts";

const database = useDatabase();
let world: PressesWorld;
let app: InstalledApp;
const seated = new Map<string, string>();

beforeAll(async () => {
  world = await makePressesWorld(database);
  app = await installApp({
    brain: brainOf(database.pool),
    resolveOrg: async () => world.acme.orgId,
    resolveAsker: async ({ account }) => {
      const user = [...seated.keys()].find((one) => account.endsWith(one)) ?? "";
      const personId = world.acme.people.get(seated.get(user) ?? "");
      return { personId, operator: false, account };
    },
  });
}, 60_000);
afterAll(() => app.close());

const shared = (user: string) => ({
  user: { id: user, team_id: "T000000001" },
  team: { id: "T000000001" },
});

function pressed(user: string, { verb, token }: SeatPress): Json {
  const channel = app.slack.channelIds.payments;
  return {
    type: "block_actions",
    ...shared(user),
    trigger_id: randomUUID(),
    container: { type: "message", channel_id: channel, is_ephemeral: true },
    channel: { id: channel, name: "payments" },
    response_url: app.slack.responseUrl("press"),
    actions: [
      {
        type: "button",
        action_id: "press.1",
        block_id: "b",
        value: JSON.stringify([verb, token]),
        action_ts: "1",
      },
    ],
  };
}

function submitted(user: string, { verb, token, values = {} }: SeatPress): Json {
  const state = Object.entries(values).map(([name, value], index) => {
    const kind = name === "amount" ? "money" : "text";
    return [`${index}.${name}`, { [kind]: { value } }];
  });
  return {
    type: "view_submission",
    ...shared(user),
    trigger_id: randomUUID(),
    view: {
      id: "VGONE",
      type: "modal",
      callback_id: "form",
      private_metadata: JSON.stringify({ verb, token }),
      title: { type: "plain_text", text: "A form" },
      state: { values: Object.fromEntries(state) },
    },
  };
}

/** Everything that Slack was given to show. */
async function said(payloads: readonly Json[]): Promise<string> {
  app.forget();
  await Promise.all(payloads.map((payload) => app.interaction(payload)));
  await app.settled();
  const calls = app.slack.calls.map(({ args }) => args);
  return JSON.stringify([...app.slack.responses.map(({ message }) => message), ...calls]);
}

function seat(presses: readonly SeatPress[]): { user: string; press: SeatPress }[] {
  const { ana = "", jo = "" } = app.slack.userIds;
  return presses.map((press, index) => {
    const user = index === 0 ? ana : jo;
    seated.set(user, press.who);
    return { user, press };
  });
}

testPresses(() => ({
  ...world,
  database,
  seats: {
    press: (...all) => said(seat(all).map(({ user, press }) => pressed(user, press))),
    submit: (...all) => said(seat(all).map(({ user, press }) => submitted(user, press))),
  },
}));
