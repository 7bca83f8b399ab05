import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useDatabase } from "#test/database/clone.ts";
import { cardProblems } from "#test/teams/card-problems.ts";
import { closed, portOf } from "#test/teams/connector-server.ts";
import { cardOf, replySaid, textsOf } from "#test/teams/read-card.ts";
import {
  activity,
  alone,
  message,
  people,
  press,
  ROOMS,
  type Room,
  useTeams,
} from "#test/teams/teams-world.ts";

const database = useDatabase();
const teams = useTeams(database, { teamsClient: true });
const { ann } = people;
const CSV = { aispend: { kind: "download", command: "team payments" } };

const uploads: { range: string | undefined; body: string }[] = [];
let status = 201;
const oneDrive = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
  request.on("end", () => {
    uploads.push({ range: request.headers["content-range"], body });
    response.writeHead(status).end();
  });
});
beforeAll(() => new Promise<void>((resolve) => oneDrive.listen(0, "127.0.0.1", resolve)));
afterAll(() => closed(oneDrive));

function consent(
  action: "accept" | "decline",
  uploadUrl = `http://127.0.0.1:${portOf(oneDrive)}/`,
  room: Room = alone(ann),
) {
  const world = teams();
  return world.post(
    activity(world, ann, room, {
      type: "invoke",
      name: "fileConsent/invoke",
      value: {
        type: "fileUpload",
        action,
        context: { aispend: { kind: "file", command: "team payments" } },
        uploadInfo: {
          uploadUrl,
          contentUrl: "https://acme-my.sharepoint.com/personal/ann/payments.csv",
          name: "payments.csv",
          uniqueId: "u1",
          fileType: "csv",
        },
      },
    }),
  );
}

test("a download asks in the personal chat whether a file may be put into OneDrive", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "help"));
  world.written();
  const answered = await world.post(press(world, ann, ROOMS.channel, CSV));
  expect(replySaid(answered)).toBe("I sent you the answer in our chat.");
  const [asked, ...rest] = world.written();
  expect(rest).toEqual([]);
  expect(asked?.conversationId).toBe(alone(ann).id);
  expect(asked?.activity.attachments?.[0]).toMatchObject({
    contentType: "application/vnd.microsoft.teams.card.file.consent",
    name: "payments.csv",
    content: { sizeInBytes: 33 },
  });
});

test("accepted, the exact rows are put there and the file is shown", async () => {
  const world = teams();
  world.written();
  expect((await consent("accept")).status).toBe(200);
  expect(uploads).toEqual([
    { range: "bytes 0-32/33", body: "day,usd\n2026-11-16,360.123456789\n" },
  ]);
  expect(world.written()[0]?.activity.attachments?.[0]).toMatchObject({
    contentType: "application/vnd.microsoft.teams.card.file.info",
    content: { uniqueId: "u1", fileType: "csv" },
  });
});

test("declined, nothing is written anywhere", async () => {
  const world = teams();
  world.written();
  const before = uploads.length;
  expect((await consent("decline")).status).toBe(200);
  expect(uploads.length).toBe(before);
  expect(world.written()).toEqual([]);
});

test("a consent that comes from a room moves no file", async () => {
  const world = teams();
  world.written();
  const before = uploads.length;
  expect((await consent("accept", undefined, ROOMS.channel)).status).toBe(200);
  expect(uploads.length).toBe(before);
  expect(world.written()).toEqual([]);
});

test("where OneDrive refuses or is not OneDrive, the rows come as text", async () => {
  const world = teams();
  world.written();
  status = 507;
  await consent("accept");
  const before = uploads.length;
  // The same server under a name that is not allowed.
  await consent("accept", `http://localhost:${portOf(oneDrive)}/`);
  expect(uploads.length).toBe(before);
  const texts = world.written().map((one) => textsOf(cardOf(one)));
  expect(texts).toEqual([
    ["payments.csv", "day,usd", "2026-11-16,360.123456789"],
    ["payments.csv", "day,usd", "2026-11-16,360.123456789"],
  ]);
});

test("of a long file as many lines come as a card holds, and the rest is counted", async () => {
  const world = teams();
  world.written();
  const { ask } = world.brain;
  const csv = Array.from({ length: 5_000 }, (_, index) => `${index},${"9".repeat(900)}`).join("\n");
  world.brain.ask = async (question) => ({
    ...(await ask(question)),
    download: { filename: "long.csv", csv },
  });
  status = 507;
  await consent("accept");
  world.brain.ask = ask;
  const card = cardOf(world.written()[0]);
  expect(cardProblems(card)).toEqual([]);
  const shown = textsOf(card).filter((line) => /^\d+,9+…$/.test(line)).length;
  expect(shown).toBeGreaterThan(10);
  expect(textsOf(card).at(-1)).toMatch(new RegExp(`^and ${5_000 - shown} more lines`));
});

test("an answer without rows says so", async () => {
  const world = teams();
  const data = { aispend: { kind: "download", command: "help" } };
  const answered = await world.post(press(world, ann, alone(ann), data));
  expect(replySaid(answered)).toBe("There are no rows to download for this.");
});
