import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readConfig, VARIABLES } from "./config.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");

it("starts the demonstration on loopback, in ./.aispend, with all roles when nothing is set", () => {
  const config = readConfig({}, "/srv/app");
  expect(config).toMatchObject({
    port: 3000,
    gatewayPort: 3001,
    host: "127.0.0.1",
    home: "/srv/app/.aispend",
    roles: ["chat", "worker", "gateway"],
    demonstration: true,
  });
  expect(Object.isFrozen(config)).toBe(true);
});

it("leaves the demonstration as soon as anything real or production is configured", () => {
  const real = [
    { DATABASE_URL: "postgres://u:p@db/aispend", AISPEND_SECRET_KEY: KEY },
    { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "s" },
    { TEAMS_APP_ID: "a", TEAMS_TENANT_ID: "t", TEAMS_APP_PASSWORD: "p" },
    { NODE_ENV: "production" },
  ];
  for (const environment of real) {
    const config = readConfig(environment, "/srv/app");
    expect(config.demonstration).toBe(false);
    expect(config.roles).toEqual(["chat", "worker"]);
  }
});

it("lists every problem at once and repeats no secret", () => {
  const environment = {
    PORT: "http",
    AISPEND_ROLES: "chat,wrker",
    AISPEND_SECRET_KEY: "hunter2",
    DATABASE_URL: "mysql://root:hunter2@db",
    SLACK_APP_TOKEN: "hunter2",
    TEAMS_APP_TYPE: "Multi",
    SMTP_URL: "smtp://mail",
  };
  const problem = (() => {
    try {
      readConfig(environment, "/");
      return "";
    } catch (error) {
      return String(error);
    }
  })();
  for (const name of [
    "PORT",
    "AISPEND_ROLES",
    "AISPEND_SECRET_KEY",
    "DATABASE_URL",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "TEAMS_APP_TYPE",
    "TEAMS_APP_ID",
    "TEAMS_TENANT_ID",
    "TEAMS_APP_PASSWORD",
    "SMTP_FROM",
  ]) {
    expect(problem).toContain(`- ${name}`);
  }
  expect(problem).toContain("11 problems");
  expect(problem).not.toContain("hunter2");
});

it("wants a secret key of its own beside DATABASE_URL, and takes several for rotation", () => {
  const DATABASE_URL = "postgres://u:p@db/aispend";
  expect(() => readConfig({ DATABASE_URL }, "/")).toThrow(/AISPEND_SECRET_KEY is missing/);
  const rotated = `${Buffer.alloc(32, 8).toString("base64")},${KEY}`;
  expect(readConfig({ DATABASE_URL, AISPEND_SECRET_KEY: rotated }, "/").secretKey).toBe(rotated);
});

it("refuses an owner URL without a database, and Teams without an app id", () => {
  expect(() => readConfig({ DATABASE_OWNER_URL: "postgres://o@db/x" }, "/")).toThrow(
    /DATABASE_OWNER_URL is set without DATABASE_URL/,
  );
  expect(() => readConfig({ TEAMS_TENANT_ID: "t", TEAMS_APP_PASSWORD: "p" }, "/")).toThrow(
    /TEAMS_APP_ID is missing/,
  );
});

it("takes an empty value for one that is not set", () => {
  expect(readConfig({ DATABASE_URL: "", SLACK_BOT_TOKEN: " ", PORT: "" }, "/").port).toBe(3000);
});

it("is documented: every variable stands in the table of README.md", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
  expect(rows.filter((name) => name !== "TEST_DATABASE_URL").sort()).toEqual([...VARIABLES].sort());
});

it("believes GitHub's tokens for an audience alone, by the issuer's own keys", () => {
  const audience = "https://aispend.example.com";
  expect(readConfig({}, "/").github).toBeUndefined();
  expect(readConfig({ AISPEND_GITHUB_AUDIENCE: audience }, "/").github).toEqual({
    audience,
    issuer: "https://token.actions.githubusercontent.com",
    keysUrl: "https://token.actions.githubusercontent.com/.well-known/jwks",
  });
  const own = { AISPEND_GITHUB_ISSUER: "https://git.acme.example/_services/token" };
  expect(readConfig({ ...own, AISPEND_GITHUB_AUDIENCE: audience }, "/").github).toMatchObject({
    keysUrl: "https://git.acme.example/_services/token/.well-known/jwks",
  });
  expect(() => readConfig(own, "/")).toThrow(/AISPEND_GITHUB_AUDIENCE is missing/);
});
