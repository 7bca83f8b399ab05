import type { TestProject } from "vitest/node";
import { makeTemplate } from "./template.ts";

declare module "vitest" {
  interface ProvidedContext {
    databaseUrl: string;
    templateName: string;
    /** How often a test of crashes kills a process: a few, or TEST_KILLS. */
    kills: number;
  }
}

/** One server and one migrated template database for the whole run; test files clone the template. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const template = await makeTemplate();
  project.provide("databaseUrl", template.serverUrl);
  project.provide("templateName", template.name);
  project.provide("kills", Number(process.env.TEST_KILLS ?? 4));
  return template.drop;
}
