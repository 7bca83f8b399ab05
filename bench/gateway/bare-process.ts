import { Agent, createServer, request as open } from "node:http";
import type { AddressInfo } from "node:net";
import { reportFrom } from "./child.ts";

// The least that a proxy on node:http can do: pass bytes on, in both directions.
const target = new URL(process.env.BENCH_UPSTREAM ?? "");
const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
const server = createServer((request, response) => {
  const { headers, method, url: path } = request;
  const sent = open(
    { agent, host: target.hostname, port: target.port, method, path, headers },
    (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.headers);
      incoming.pipe(response);
    },
  );
  sent.on("error", () => response.destroy());
  request.pipe(sent);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => reportFrom((server.address() as AddressInfo).port));
