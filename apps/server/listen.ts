import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AispendError } from "#core/errors.ts";

/** Resolves when the server listens. Throws `port_taken`, naming the variable that sets the port. */
export async function listenOn(
  server: Server,
  { host, port, variable }: { host: string; port: number; variable: string },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        new AispendError(
          taken ? "port_taken" : "address_unusable",
          taken ? `port ${port} is taken` : `cannot listen on ${host}:${port}: ${error.code}`,
          {
            kind: "unavailable",
            help: taken
              ? `End what uses it, or set ${variable}.`
              : `Set HOST and ${variable} to what is free.`,
            cause: error,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

export function urlOf({ port }: AddressInfo, host: string): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
