import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import { type GitHubConfig, readGitHub } from "./estimates/github-config.ts";

export const Role = z.enum(["chat", "worker", "gateway"]);
export type Role = z.infer<typeof Role>;

export interface SlackConfig {
  botToken: string;
  /** Absent with Socket Mode only. */
  signingSecret: string | undefined;
  /** With an app-level token Slack is reached by Socket Mode and no inbound port is needed. */
  appToken: string | undefined;
  apiUrl: string | undefined;
}

export interface TeamsConfig {
  appId: string;
  appPassword: string | undefined;
  tenantId: string;
  appType: "SingleTenant" | "UserAssignedMSI";
}

export interface MailConfig {
  smtpUrl: string;
  from: string;
}

export interface Config {
  port: number;
  host: string;
  gatewayPort: number;
  /** Where programs reach the gateway, as people are told with their key. */
  gatewayUrl: string | undefined;
  home: string;
  roles: readonly Role[];
  secretKey: string | undefined;
  databaseUrl: string | undefined;
  ownerUrl: string | undefined;
  slack: SlackConfig | undefined;
  teams: TeamsConfig | undefined;
  mail: MailConfig | undefined;
  github: GitHubConfig | undefined;
  logLevel: string;
  /** How many reverse proxies stand in front: their X-Forwarded-For is believed, no other. */
  proxyHops: number;
  production: boolean;
  /** Nothing real is configured: the embedded database, the demonstration and its console. */
  demonstration: boolean;
}

/** Every name read from the environment; README.md has the same list (checked by a test). */
export const VARIABLES = [
  "PORT",
  "HOST",
  "AISPEND_GATEWAY_PORT",
  "AISPEND_GATEWAY_URL",
  "AISPEND_HOME",
  "AISPEND_ROLES",
  "AISPEND_SECRET_KEY",
  "AISPEND_PROXY_HOPS",
  "AISPEND_LOG_LEVEL",
  "AISPEND_GITHUB_AUDIENCE",
  "AISPEND_GITHUB_ISSUER",
  "AISPEND_GITHUB_KEYS_URL",
  "DATABASE_URL",
  "DATABASE_OWNER_URL",
  "SLACK_BOT_TOKEN",
  "SLACK_SIGNING_SECRET",
  "SLACK_APP_TOKEN",
  "SLACK_API_URL",
  "TEAMS_APP_ID",
  "TEAMS_APP_PASSWORD",
  "TEAMS_TENANT_ID",
  "TEAMS_APP_TYPE",
  "SMTP_URL",
  "SMTP_FROM",
  "NODE_ENV",
] as const;
type Variable = (typeof VARIABLES)[number];

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The whole configuration, read once and frozen. Throws `configuration_invalid` that lists every
 * problem at once; values of secrets are never repeated in it.
 */
export function readConfig(environment: Environment, workingFolder: string): Config {
  const reader = readerOf(environment);
  const databaseUrl = reader.url("DATABASE_URL", ["postgres:", "postgresql:"]);
  const port = reader.integer("PORT", 3000, 0, 65_535);
  const slack = readSlack(reader);
  const teams = readTeams(reader);
  const production = reader.text("NODE_ENV") === "production";
  const real = databaseUrl !== undefined || slack !== undefined || teams !== undefined;
  const demonstration = !(real || production || reader.any("SLACK_") || reader.any("TEAMS_"));
  const home = reader.text("AISPEND_HOME") ?? ".aispend";
  const config: Config = {
    port,
    host: reader.text("HOST") ?? "127.0.0.1",
    gatewayPort: reader.integer("AISPEND_GATEWAY_PORT", port === 0 ? 0 : port + 1, 0, 65_535),
    gatewayUrl: reader.url("AISPEND_GATEWAY_URL", ["http:", "https:"])?.replace(/\/+$/, ""),
    home: isAbsolute(home) ? home : join(workingFolder, home),
    roles: readRoles(reader, demonstration),
    secretKey: readSecretKey(reader, databaseUrl !== undefined),
    databaseUrl,
    ownerUrl: readOwnerUrl(reader, databaseUrl !== undefined),
    slack,
    teams,
    mail: readMail(reader),
    github: readGitHub(reader),
    logLevel: reader.oneOf("AISPEND_LOG_LEVEL", LOG_LEVELS) ?? "info",
    proxyHops: reader.integer("AISPEND_PROXY_HOPS", 0, 0, 10),
    production,
    demonstration,
  };
  refuse(reader.problems);
  return Object.freeze(config);
}

/** Of this process: the one place of the server that reads its environment. */
export function readProcessConfig(workingFolder: string): Config {
  return readConfig(process.env, workingFolder);
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "silent"] as const;

type Reader = ReturnType<typeof readerOf>;

function readerOf(environment: Environment) {
  const problems: string[] = [];
  /** An empty value is what a compose file makes of an unset one: it counts as not set. */
  const text = (name: Variable): string | undefined => {
    const value = environment[name]?.trim();
    return value === "" ? undefined : value;
  };
  return {
    problems,
    text,
    any: (prefix: string) => VARIABLES.some((name) => name.startsWith(prefix) && text(name)),
    integer(name: Variable, fallback: number, min: number, max: number): number {
      const value = text(name);
      if (value === undefined) return fallback;
      const number = Number(value);
      if (/^\d+$/.test(value) && number >= min && number <= max) return number;
      problems.push(`${name} is '${value}': write a whole number from ${min} to ${max}.`);
      return fallback;
    },
    oneOf<T extends string>(name: Variable, allowed: readonly T[]): T | undefined {
      const value = text(name);
      const found = allowed.find((one) => one === value);
      if (value !== undefined && found === undefined) {
        problems.push(`${name} is '${value}': write one of ${allowed.join(", ")}.`);
      }
      return found;
    },
    url(name: Variable, protocols: readonly string[]): string | undefined {
      const value = text(name);
      if (value === undefined) return undefined;
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (url === undefined || !protocols.includes(url.protocol)) {
        problems.push(`${name} is not a URL that starts with ${protocols.join("// or ")}//.`);
      }
      return value;
    },
  };
}

function readRoles(reader: Reader, demonstration: boolean): readonly Role[] {
  const given = reader.text("AISPEND_ROLES");
  if (given === undefined) return demonstration ? [...Role.options] : ["chat", "worker"];
  const roles: Role[] = [];
  for (const name of given.split(",").map((part) => part.trim())) {
    const role = Role.safeParse(name);
    if (role.success) roles.push(role.data);
    else {
      reader.problems.push(
        `AISPEND_ROLES has '${name}': write one or more of ${Role.options.join(", ")}.`,
      );
    }
  }
  return [...new Set(roles)];
}

function readSecretKey(reader: Reader, required: boolean): string | undefined {
  const value = reader.text("AISPEND_SECRET_KEY");
  const make = "Make one with: openssl rand -base64 32";
  if (value === undefined) {
    if (required) {
      reader.problems.push(`AISPEND_SECRET_KEY is missing; DATABASE_URL needs it. ${make}`);
    }
    return undefined;
  }
  // The first key encrypts; keys after a comma still decrypt, which is how one is rotated.
  for (const [index, part] of value.split(",").entries()) {
    if (!isKey(part.trim())) {
      reader.problems.push(
        `AISPEND_SECRET_KEY: key ${index + 1} is not 32 bytes in base64 (44 characters). ${make}`,
      );
    }
  }
  return value;
}

function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, "base64").length === 32;
}

function readOwnerUrl(reader: Reader, hasDatabase: boolean): string | undefined {
  const value = reader.url("DATABASE_OWNER_URL", ["postgres:", "postgresql:"]);
  if (value !== undefined && !hasDatabase) {
    reader.problems.push("DATABASE_OWNER_URL is set without DATABASE_URL: set both, or neither.");
  }
  return value;
}

function readSlack(reader: Reader): SlackConfig | undefined {
  if (!reader.any("SLACK_")) return undefined;
  const botToken = reader.text("SLACK_BOT_TOKEN");
  const appToken = reader.text("SLACK_APP_TOKEN");
  const signingSecret = reader.text("SLACK_SIGNING_SECRET");
  if (botToken === undefined) {
    reader.problems.push(
      "SLACK_BOT_TOKEN is missing. Copy the bot token (xoxb-...) from 'OAuth & Permissions'.",
    );
  } else if (!botToken.startsWith("xoxb-")) {
    reader.problems.push("SLACK_BOT_TOKEN does not start with xoxb-: it is another kind of token.");
  }
  if (appToken === undefined && signingSecret === undefined) {
    reader.problems.push(
      "SLACK_SIGNING_SECRET is missing. Copy it from 'Basic Information', or set SLACK_APP_TOKEN " +
        "(xapp-...) to use Socket Mode instead.",
    );
  }
  if (appToken !== undefined && !appToken.startsWith("xapp-")) {
    reader.problems.push("SLACK_APP_TOKEN does not start with xapp-: it is another kind of token.");
  }
  const apiUrl = reader.url("SLACK_API_URL", ["http:", "https:"]);
  return { botToken: botToken ?? "", signingSecret, appToken, apiUrl };
}

function readTeams(reader: Reader): TeamsConfig | undefined {
  if (!reader.any("TEAMS_")) return undefined;
  const appId = reader.text("TEAMS_APP_ID");
  const tenantId = reader.text("TEAMS_TENANT_ID");
  const appPassword = reader.text("TEAMS_APP_PASSWORD");
  const appType =
    reader.oneOf("TEAMS_APP_TYPE", ["SingleTenant", "UserAssignedMSI"]) ?? "SingleTenant";
  if (appId === undefined) {
    // Without an app id the Bot Framework checks no token: anybody could speak as anybody.
    reader.problems.push(
      "TEAMS_APP_ID is missing. Copy the application (client) id of the bot's app registration.",
    );
  }
  if (tenantId === undefined) {
    reader.problems.push("TEAMS_TENANT_ID is missing. Copy the directory (tenant) id.");
  }
  if (appPassword === undefined && appType === "SingleTenant") {
    reader.problems.push(
      "TEAMS_APP_PASSWORD is missing. Make a client secret for the app registration, or set " +
        "TEAMS_APP_TYPE=UserAssignedMSI.",
    );
  }
  return { appId: appId ?? "", tenantId: tenantId ?? "", appPassword, appType };
}

function readMail(reader: Reader): MailConfig | undefined {
  const smtpUrl = reader.url("SMTP_URL", ["smtp:", "smtps:"]);
  const from = reader.text("SMTP_FROM");
  if (smtpUrl === undefined && from === undefined) return undefined;
  if (smtpUrl === undefined) reader.problems.push("SMTP_URL is missing; SMTP_FROM is set.");
  if (from === undefined) {
    reader.problems.push("SMTP_FROM is missing; write the address that mail is sent from.");
  }
  return { smtpUrl: smtpUrl ?? "", from: from ?? "" };
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new AispendError(
    "configuration_invalid",
    `The configuration has ${count}:\n${problems.map((problem) => `- ${problem}`).join("\n")}`,
    { help: "Set what is named above; README.md has a table of all variables." },
  );
}
