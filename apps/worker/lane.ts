/** Wakes whoever waits; a ring that nobody heard is kept for the next one who comes. */
export interface Bell {
  ring(): void;
  /** Resolves at a ring or after the time, whichever is first. */
  wait(timeoutMs: number): Promise<void>;
}

export function createBell(): Bell {
  const waiting = new Set<() => void>();
  let missed = false;
  return {
    ring() {
      missed = waiting.size === 0;
      for (const wake of [...waiting]) wake();
    },
    wait(timeoutMs) {
      if (missed) {
        missed = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        waiting.add(wake);
      });
    },
  };
}

export interface Lane {
  readonly bell: Bell;
  readonly signal: AbortSignal;
  /** Does one thing; says how long there is nothing to do, 0 when there may be more at once. */
  readonly step: () => Promise<number>;
  readonly failed: (error: unknown) => void;
}

const PAUSE_AFTER_ERROR_MS = 1_000;

/** Steps until the signal; a step that has begun is finished. Never rejects. */
export async function runLane(lane: Lane): Promise<void> {
  while (!lane.signal.aborted) {
    let waitMs: number;
    try {
      waitMs = await lane.step();
    } catch (error) {
      lane.failed(error);
      waitMs = PAUSE_AFTER_ERROR_MS;
    }
    if (waitMs > 0 && !lane.signal.aborted) await lane.bell.wait(waitMs);
  }
}
