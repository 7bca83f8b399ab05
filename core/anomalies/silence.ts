/** When each alert's condition was last seen, by its key; lives as long as the alerts do. */
export type LastSeen = Map<string, number>;

/**
 * One alert until resolved: true when the condition was not seen for `silenceHours` before `hour`.
 * Notes the sighting either way.
 */
export function isNews(seen: LastSeen, key: string, hour: number, silenceHours: number): boolean {
  const last = seen.get(key);
  seen.set(key, hour);
  return last === undefined || hour - last > silenceHours;
}
