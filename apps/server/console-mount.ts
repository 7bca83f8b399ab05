import type { Express } from "express";
import type { Pool } from "pg";
import type { Brain } from "#apps/chat/surface.ts";
import { isLoopback } from "#apps/console/guard.ts";
import { type ConsolePerson, createConsoleRouter } from "#apps/console/router.ts";
import { loadDirectory } from "#core/org/directory.ts";
import type { Config } from "./config.ts";
import { SPEAKERS } from "./demonstration/people.ts";
import { bodyUpTo, perMinute } from "./limits.ts";

export interface ConsoleMount {
  config: Config;
  /** The demonstration, where there is one: the console speaks of nothing else. */
  demonstrationId: number | undefined;
  pool: Pool;
  brain: Brain;
  onAnswer: () => void;
}

const CONSOLE_BODY = 16 * 1024;
const CONSOLE_PER_MINUTE = 600;

/** Mounts the page and says whether it did: on loopback, for the demonstration, with nothing real. */
export function mountConsole(app: Express, mount: ConsoleMount): boolean {
  const { config, demonstrationId, pool, brain, onAnswer } = mount;
  if (!config.demonstration || demonstrationId === undefined || !isLoopback(config.host)) {
    return false;
  }
  const people = () => speakers(pool, demonstrationId);
  const router = createConsoleRouter({ brain, orgId: demonstrationId, people, onAnswer });
  app.use(["/console", "/"], perMinute(CONSOLE_PER_MINUTE), bodyUpTo(CONSOLE_BODY));
  app.use(router);
  return true;
}

async function speakers(pool: Pool, orgId: number): Promise<ConsolePerson[]> {
  const { people, peopleByName } = await loadDirectory(pool, orgId);
  return SPEAKERS.flatMap(({ key, title }) => {
    const person = people.get(peopleByName.get(key) ?? 0);
    if (person?.name === undefined || person.email === undefined) return [];
    return [{ id: person.id, name: person.name, email: person.email, title }];
  });
}
