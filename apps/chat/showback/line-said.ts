import type { Line } from "#core/showback/dispute.ts";

/** "checkout-agent", "calls of key ci-nightly-7", "calls of project disputes without an agent". */
export function lineSaid({ agent, key, project }: Pick<Line, "agent" | "key" | "project">): string {
  if (agent !== null) return agent;
  const of = project === null ? "" : ` in ${project}`;
  if (key === null) return `calls without an agent or key${of}`;
  return `calls of key ${/^[0-9a-f]{40,}$/.test(key) ? key.slice(0, 12) : key}${of}`;
}
