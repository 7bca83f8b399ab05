import { beforeAll } from "vitest";
import type { TeamsBotOptions } from "#apps/teams/bot.ts";
import { brainOf } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import {
  makePressesWorld,
  type PressesWorld,
  type SeatPress,
  testPresses,
} from "#test/showback/presses-contract.ts";
import { activity, alone, people, press, TENANT, useTeams } from "#test/teams/teams-world.ts";

const database = useDatabase();
const { ann, ben } = people;
const made: { world?: PressesWorld } = {};
const seated = new Map<string, string>();

function world(): PressesWorld {
  if (made.world === undefined) throw new Error("the world is there from beforeAll on");
  return made.world;
}

beforeAll(async () => {
  made.world = await makePressesWorld(database);
}, 60_000);

const options: Partial<TeamsBotOptions> & { teamsClient: boolean } = {
  teamsClient: true,
  get brain() {
    return brainOf(database.pool);
  },
  resolveOrg: async (tenant) => (tenant === TENANT ? world().acme.orgId : undefined),
  resolveAsker: async ({ account }) => {
    const seat = [...seated.keys()].find((one) => account.endsWith(one)) ?? "";
    const personId = world().acme.people.get(seated.get(seat) ?? "");
    return { personId, operator: false, account };
  },
};
const teams = useTeams(database, options);

/** All of it at once, each person in their own chat: what they were answered and shown. */
async function said(presses: readonly SeatPress[], inDialog: boolean): Promise<string> {
  const current = teams();
  current.written();
  const activities = presses.map(({ who, verb, token, values = {} }, index) => {
    const from = index === 0 ? ann : ben;
    seated.set(from.aadObjectId, who);
    const fields = Object.entries(values).map(([name, value]) => [`field_${name}`, value]);
    const data = {
      aispend: { kind: "press", verb, token, command: "help" },
      ...Object.fromEntries(fields),
    };
    return inDialog
      ? activity(current, from, alone(from), {
          type: "invoke",
          name: "task/submit",
          value: { data, context: { theme: "default" } },
        })
      : press(current, from, alone(from), data, `m-${index}`);
  });
  const answered = await Promise.all(activities.map((one) => current.post(one)));
  return JSON.stringify([answered.map(({ body }) => body), current.written()]);
}

testPresses(() => ({
  ...world(),
  database,
  seats: { press: (...all) => said(all, false), submit: (...all) => said(all, true) },
}));
