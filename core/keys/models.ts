import { globTest } from "../org/glob.ts";

/** Whether a model is on a list of patterns; an empty list allows any. */
export function isModelAllowed(models: readonly string[], model: string): boolean {
  return models.length === 0 || models.some((pattern) => globTest(pattern)(model));
}

/** What of `wanted` no pattern of `allowed` covers; an empty `wanted` wants any model. */
export function outsideOf(wanted: readonly string[], allowed: readonly string[]): string[] {
  if (allowed.length === 0) return [];
  if (wanted.length === 0) return ["any model"];
  return wanted.filter((model) => !allowed.includes(model) && !isModelAllowed(allowed, model));
}
