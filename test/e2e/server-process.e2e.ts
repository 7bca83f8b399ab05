import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTemporaryHome } from "#test/database/temporary-home.ts";
import { startProcess } from "#test/server/server-process.ts";

const folder = makeTemporaryHome("aispend-process-");
// A process of its own takes seconds to load, on a busy machine many.
const PATIENCE = { timeout: 120_000 };

it(
  "refuses to start half configured, with every problem in one go and no stack",
  PATIENCE,
  async () => {
    const failed = startProcess(folder, { SLACK_BOT_TOKEN: "xoxb-1", TEAMS_TENANT_ID: "t" });
    const problems = ["SLACK_SIGNING_SECRET", "TEAMS_APP_ID", "TEAMS_APP_PASSWORD"];
    const listed = problems.map((name) => `- ${name} .*`).join("\n");
    await expect(failed).rejects.toThrow(
      new RegExp(`it ended with 1:\nThe configuration has 3 problems:\n${listed}`),
    );
    await expect(failed).rejects.not.toThrow(/\bat .*\.ts:\d+/);
  },
);

it("keeps the key that it makes to its owner alone", async () => {
  const { openSecretBox } = await import("#apps/server/secret-key.ts");
  const first = openSecretBox({ home: folder, secretKey: undefined });
  const again = openSecretBox({ home: folder, secretKey: undefined });
  expect(again.currentKey).toEqual(first.currentKey);
  expect(statSync(join(folder, "secret.key")).mode & 0o777).toBe(0o600);
});
