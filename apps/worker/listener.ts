import type { Pool, PoolClient } from "pg";

export interface Listener {
  stop(): Promise<void>;
}

const RETRY_MS = 1_000;

/**
 * Calls `heard` when a message is enqueued anywhere. A lost connection is made again; until then the
 * poll of the lanes finds the messages, only later.
 */
export function listen(
  pool: Pool,
  channel: string,
  heard: () => void,
  failed: (error: unknown) => void,
): Listener {
  let stopped = false;
  let client: PoolClient | undefined;
  let timer: NodeJS.Timeout | undefined;

  const lose = (lost: PoolClient | undefined, error: unknown) => {
    if (lost !== client || stopped) return;
    client = undefined;
    lost?.release(true);
    failed(error);
    timer = setTimeout(() => void open(), RETRY_MS);
  };
  const open = async (): Promise<void> => {
    let opened: PoolClient | undefined;
    try {
      opened = await pool.connect();
      if (stopped) return opened.release();
      client = opened;
      opened.on("notification", heard);
      opened.on("error", (error) => lose(opened, error));
      await opened.query(`listen ${channel}`);
      heard();
    } catch (error) {
      lose(opened, error);
    }
  };
  const opening = open();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await opening;
      client?.release(true);
      client = undefined;
    },
  };
}
