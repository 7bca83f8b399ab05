import { defineConfig } from "vitest/config";

/**
 * What has another program at its other end: Slack and Teams, providers and gateways, processes, servers
 * or a browser of its own; and the long stories of the command line. Each file ends its own; they run
 * one after another.
 */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.e2e.ts"],
    globalSetup: ["test/database/setup.ts"],
    pool: "threads",
    isolate: false,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
