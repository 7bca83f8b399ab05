import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["core/**/*.test.ts", "apps/**/*.test.ts", "action/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/e2e/**", "node_modules/**", "action/dist/**"],
    globalSetup: ["test/database/setup.ts"],
    pool: "threads",
    isolate: false,
    // Each imports the product once; a second one goes on while the first waits for the database.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
