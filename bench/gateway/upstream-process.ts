import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ANSWER, EVENTS } from "./answers.ts";
import { reportFrom } from "./child.ts";

// A provider that answers after BENCH_DELAY_MS, with an answer or, where it is asked for, a stream.
const delayMs = Number(process.env.BENCH_DELAY_MS ?? 0);
const server = createServer((request, response) => {
  let asked = "";
  request.on("data", (part: Buffer) => {
    asked += part.toString("latin1");
  });
  request.on("end", () => {
    const answer = (): void => {
      if (asked.includes('"stream":true')) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (const event of EVENTS) response.write(event);
        response.end();
        return;
      }
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(ANSWER),
      };
      response.writeHead(200, headers);
      response.end(ANSWER);
    };
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => reportFrom((server.address() as AddressInfo).port));
