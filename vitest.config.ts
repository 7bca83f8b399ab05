import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["core/**/*.test.ts", "apps/**/*.test.ts", "action/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/e2e/**", "node_modules/**", "action/dist/**"],
    globalSetup: ["test/database/setup.ts"],
    pool: "threads",
    isolate: false,
    // One more than cores: a test that waits for a process leaves its core to another.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
