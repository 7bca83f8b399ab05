import type { TestProject } from "vitest/node";
import { makeTemplate } from "./template.ts";

declare module "vitest" {
  interface ProvidedContext {
    databaseUrl: string;
    templateName: string;
  }
}

/** One server and one migrated template database for the whole run; test files clone the template. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const template = await makeTemplate();
  project.provide("databaseUrl", template.serverUrl);
  project.provide("templateName", template.name);
  return template.drop;
}
