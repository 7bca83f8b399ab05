import { createServer, request as httpRequest, type Server } from "node:http";
import express from "express";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "#apps/server/config.ts";
import { mountConsole } from "#apps/server/console-mount.ts";
import { demonstrationFile } from "#apps/server/demonstration/organization.ts";
import { SPEAKERS } from "#apps/server/demonstration/people.ts";
import { markDemonstration } from "#apps/server/demonstration/store.ts";
import { errorResponse } from "#apps/server/error-response.ts";
import { createLogger } from "#apps/server/log.ts";
import { AispendError } from "#core/errors.ts";
import { applyFile } from "#core/org/service.ts";
import { brainOf } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const open: { server?: Server; orgId?: number } = {};

beforeAll(async () => {
  const { orgId } = await applyFile(database.pool, {
    file: { text: demonstrationFile(), name: "demonstration.yaml" },
    by: { actor: "system" },
    now: new Date(),
  });
  await markDemonstration(database.pool, orgId);
  open.orgId = orgId;
  const app = express();
  expect(mount(app, {})).toBe(true);
  app.use((_request, _response, next) => {
    next(new AispendError("route_not_found", "nothing here", { kind: "not_found" }));
  });
  app.use(errorResponse(createLogger("silent")));
  open.server = createServer(app);
  await new Promise<void>((resolve) => open.server?.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await new Promise((resolve) => open.server?.close(resolve));
});

function mount(app: express.Express, environment: Record<string, string>, org = open.orgId) {
  return mountConsole(app, {
    config: readConfig(environment, "/"),
    demonstrationId: org,
    pool: database.pool,
    brain: brainOf(database.pool),
    onAnswer: () => undefined,
  });
}

function portOf(): number {
  const address = open.server?.address();
  if (typeof address !== "object" || address === null) throw new Error("it listens from beforeAll");
  return address.port;
}

interface Answered {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** Not fetch: it would not send a Host or Origin of our choosing. */
function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answered> {
  const port = portOf();
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: "127.0.0.1", port, method, path, headers: { host: `localhost:${port}`, ...headers } },
      (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += String(chunk);
        });
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text,
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

const JSON_TYPE = { "content-type": "application/json" };
const ask = (body: unknown, headers: Record<string, string> = {}) =>
  call("POST", "/console/ask", { ...JSON_TYPE, ...headers }, JSON.stringify(body));

it("answers as a person of the demonstration, the first unless one is named", async () => {
  const { status, body } = await ask({ text: "whoami" });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({
    title: `You are ${SPEAKERS[0]?.name}`,
    demonstration: true,
    audience: { kind: "person" },
  });
  const other = await ask({ text: "whoami", as: "priya.raman@meridian.example" });
  expect(JSON.parse(other.body)).toMatchObject({ title: "You are Priya Raman" });
  expect((await ask({ text: "org", as: "ada.amara@meridian.example" })).status).toBe(404);
});

it("renders anew for a room when it is asked to share", async () => {
  const { body } = await ask({ text: "org", room: true });
  expect(JSON.parse(body)).toMatchObject({ audience: { kind: "room" } });
});

it("answers to no name but its own and no port but its own", async () => {
  const port = portOf();
  for (const host of ["evil.example", `evil.example:${port}`, "localhost:1", "localhost", "%"]) {
    expect((await call("GET", "/", { host })).status, host).not.toBe(200);
    expect((await ask({ text: "org" }, { host })).status, host).not.toBe(200);
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
    expect((await call("GET", "/", { host })).status, host).toBe(200);
  }
});

it("answers to no page but its own", async () => {
  const port = portOf();
  const foreign = [
    { origin: "https://evil.example" },
    { origin: `http://localhost:${port + 1}` },
    { origin: `https://localhost:${port}` },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ];
  for (const headers of foreign) {
    expect((await ask({ text: "org" }, headers)).status, JSON.stringify(headers)).toBe(403);
  }
  const own = { origin: `http://localhost:${port}`, "sec-fetch-site": "same-origin" };
  expect((await ask({ text: "whoami" }, own)).status).toBe(200);
});

it("takes only JSON of the declared shape, and little of it", async () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  expect((await call("POST", "/console/ask", form, "text=org")).status).toBe(415);
  expect((await call("POST", "/console/ask", { "content-type": "text/plain" }, "{}")).status).toBe(
    415,
  );
  expect((await call("POST", "/console/ask", JSON_TYPE, "{broken")).status).toBe(400);
  for (const body of [
    {},
    { text: 1 },
    { text: "org", extra: 1 },
    { text: "org", as: "nobody" },
    [],
  ]) {
    expect((await ask(body)).status, JSON.stringify(body)).toBe(400);
  }
  expect((await ask({ text: "x".repeat(2001) })).status).toBe(400);
  expect((await ask({ text: "x".repeat(40_000) })).status).toBe(413);
  expect((await call("GET", "/console/ask")).status).toBe(404);
});

it("presses and fills forms, and says when a button is unknown", async () => {
  const press = { verb: "nonsense", token: "t", values: {} };
  const pressed = await call("POST", "/console/press", JSON_TYPE, JSON.stringify(press));
  expect(JSON.parse(pressed.body)).toMatchObject({ state: "not_found" });
  const form = JSON.stringify({ form: "nonsense", token: "t" });
  const filled = await call("POST", "/console/form", JSON_TYPE, form);
  expect(JSON.parse(filled.body)).toMatchObject({ state: "not_found" });
});

it("serves its page with a policy that lets nothing in from elsewhere, and no file beside it", async () => {
  const page = await call("GET", "/");
  expect(page.headers["content-security-policy"]).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(page.body).not.toMatch(/<script(?![^>]+src=)|style=|https?:\/\//);
  expect((await call("GET", "/console/app.js")).status).toBe(200);
  for (const path of ["/console/../router.ts", "/console/%2e%2e/router.ts", "/console/.env"]) {
    expect((await call("GET", path)).status, path).toBe(404);
  }
});

it("is off as soon as anything real is set, off loopback, and without a demonstration", () => {
  const key = Buffer.alloc(32).toString("base64");
  const real: Record<string, string>[] = [
    { DATABASE_URL: "postgres://a@b/c", AISPEND_SECRET_KEY: key },
    { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "s" },
    { TEAMS_APP_ID: "a", TEAMS_TENANT_ID: "t", TEAMS_APP_PASSWORD: "p" },
    { NODE_ENV: "production" },
    { HOST: "0.0.0.0" },
    { HOST: "10.0.0.5" },
  ];
  for (const environment of real) {
    expect(mount(express(), environment), JSON.stringify(environment)).toBe(false);
  }
  const none = mountConsole(express(), {
    config: readConfig({}, "/"),
    demonstrationId: undefined,
    pool: database.pool,
    brain: brainOf(database.pool),
    onAnswer: () => undefined,
  });
  expect(none).toBe(false);
});
