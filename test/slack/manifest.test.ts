import { readFileSync } from "node:fs";
import type { AppsManifestValidateArguments } from "@slack/web-api";
import { describe, expect, it } from "vitest";
import manifest from "#apps/slack/manifest.json" with { type: "json" };

/** TypeScript widens the strings of JSON, so the names of scopes and events are checked one by one. */
const BOT_SCOPES = [
  "app_mentions:read",
  "channels:history",
  "channels:read",
  "chat:write",
  "commands",
  "files:write",
  "groups:history",
  "groups:read",
  "im:history",
  "im:write",
  "users:read",
  "users:read.email",
] as const;
const BOT_EVENTS = [
  "app_home_opened",
  "app_mention",
  "app_uninstalled",
  "message.im",
  "tokens_revoked",
] as const;

const typed = {
  ...manifest,
  features: {
    ...manifest.features,
    shortcuts: manifest.features.shortcuts.map((one) => ({ ...one, type: "global" as const })),
  },
  oauth_config: {
    scopes: { bot: [...BOT_SCOPES], bot_optional: ["chat:write.public"] },
  },
  settings: {
    ...manifest.settings,
    event_subscriptions: { ...manifest.settings.event_subscriptions, bot_events: [...BOT_EVENTS] },
  },
} satisfies AppsManifestValidateArguments["manifest"];

describe("the manifest of the Slack app", () => {
  it("is one that Slack's own type accepts, to the last name", () => {
    expect(manifest).toEqual(typed);
  });

  it("keeps the lengths that Slack takes", () => {
    const { name, description, long_description } = manifest.display_information;
    expect(name.length).toBeLessThanOrEqual(35);
    expect(description.length).toBeLessThanOrEqual(140);
    expect(long_description.length).toBeGreaterThanOrEqual(174);
    expect(long_description.length).toBeLessThanOrEqual(4000);
    const command = manifest.features.slash_commands[0];
    expect(command?.command).toBe("/aispend");
    expect(command?.should_escape).toBe(true);
  });

  it("sends everything to the one route that is mounted", () => {
    const urls = JSON.stringify(manifest).match(/https:\/\/[^"]+/g);
    expect(new Set(urls)).toEqual(new Set(["https://aispend.example.com/slack/events"]));
  });

  it("asks for no scope without a reason in the guide", () => {
    const guide = readFileSync(new URL("../../docs/slack.md", import.meta.url), "utf8");
    for (const scope of [...BOT_SCOPES, "chat:write.public"]) {
      expect(guide).toContain(`\`${scope}\``);
    }
  });
});
