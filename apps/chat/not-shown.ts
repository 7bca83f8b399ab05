import type { ServerResponse } from "node:http";
import type { Answer } from "#core/answers/schema.ts";
import type { Brain, Press } from "./surface.ts";

/**
 * What a surface does when the secret of an answer could not be shown, in the name of whom it was for:
 * the secret is revoked and can be revealed again. Undefined: the answer holds no secret.
 */
export function takeBack(
  brain: Pick<Brain, "press">,
  { secret }: Answer,
  from: Pick<Press, "orgId" | "asker" | "audience" | "surface">,
): (() => Promise<Answer>) | undefined {
  if (secret === undefined) return undefined;
  const { notShown: verb, receipt: token } = secret;
  return () => brain.press({ ...from, verb, token, values: {} });
}

/** Runs it once if the connection of a response breaks, or broke already, before all of it went out. */
export function onceUnsent(response: ServerResponse, unsent: () => void): void {
  const ended = () => {
    if (!response.writableFinished) unsent();
  };
  if (response.closed || response.destroyed) ended();
  else response.once("close", ended);
}
