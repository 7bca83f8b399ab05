/** What a process of this benchmark tells about itself when it is asked. */
export interface Vitals {
  /** User and system time since it began, in microseconds. */
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
}

/** Answers "vitals", and "collected" after a collection; says once where it listens. */
export function reportFrom(port: number): void {
  process.on("message", (message) => {
    if (message !== "vitals" && message !== "collected") return;
    if (message === "collected") globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.({ cpuUs: user + system, rssBytes: rss, heapBytes: heapUsed } satisfies Vitals);
  });
  process.once("disconnect", () => process.exit(0));
  process.send?.({ port });
}
