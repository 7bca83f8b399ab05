import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** A network link to a server that can be cut and mended. */
export interface TcpLink {
  readonly port: number;
  /** Everything open ends without a word, and nothing new gets through. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** To a server on a host's port, or on a socket of this machine. */
export async function linkTo(to: { host: string; port: number } | string): Promise<TcpLink> {
  const sockets = new Set<Socket>();
  const state = { isCut: false };
  const server = createServer((near) => {
    if (state.isCut) {
      near.destroy();
      return;
    }
    const far = typeof to === "string" ? connect(to) : connect(to.port, to.host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state.isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      state.isCut = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The same for the server of a database URL: a link, and the URL that leads over it. */
export async function linkToDatabase(databaseUrl: string): Promise<{ link: TcpLink; url: string }> {
  const url = new URL(databaseUrl);
  // The folder of the socket stands in a parameter, or as the host with its slashes escaped.
  const socket = url.searchParams.get("host") ?? decodeURIComponent(url.hostname);
  const link = await linkTo(
    socket.startsWith("/")
      ? `${socket}/.s.PGSQL.${url.port}`
      : { host: url.hostname, port: Number(url.port) },
  );
  url.searchParams.delete("host");
  url.hostname = "127.0.0.1";
  url.port = String(link.port);
  return { link, url: url.toString() };
}
