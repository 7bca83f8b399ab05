import { type IncomingHttpHeaders, request } from "node:http";
import { SECRET } from "./gateway.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawRequest {
  readonly path: string;
  readonly body?: object | string | Buffer;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  /** Leaves after so many bytes of the answer's body; 0: as soon as its headers are there. */
  readonly leaveAfter?: number;
}

/** Asks as plainly as can be, so that bytes are bytes. Resolves early where the client leaves. */
export function ask(base: string, { path, body, headers, method, leaveAfter }: RawRequest) {
  const payload =
    body === undefined || typeof body === "string" || Buffer.isBuffer(body)
      ? body
      : JSON.stringify(body);
  return new Promise<RawAnswer>((resolve, reject) => {
    const url = new URL(base);
    const sent = request(
      {
        host: url.hostname,
        port: url.port,
        path,
        method: method ?? "POST",
        headers: {
          authorization: `Bearer ${SECRET}`,
          "content-type": "application/json",
          ...headers,
        },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        const done = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          });
        const leave = (): void => {
          sent.destroy();
          done();
        };
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (leaveAfter !== undefined && size >= leaveAfter) leave();
        });
        response.on("end", done);
        response.on("error", done);
        if (leaveAfter === 0) leave();
      },
    );
    sent.on("error", reject);
    sent.end(payload);
  });
}

export const messages = [{ role: "user", content: "Grüße" }];

/** A request of each format that streams. */
export const STREAMS: Readonly<Record<string, RawRequest>> = {
  openai_chat: {
    path: "/v1/chat/completions",
    body: { model: "gpt-4o", messages, max_tokens: 400, stream: true },
  },
  openai_responses: {
    path: "/v1/responses",
    body: { model: "gpt-5", input: "Hi", max_output_tokens: 400, stream: true },
  },
  anthropic_messages: {
    path: "/v1/messages",
    body: { model: "claude-sonnet-4-5", messages, max_tokens: 400, stream: true },
  },
  gemini_generate: {
    path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    body: { contents: [{ parts: [{ text: "Hi" }] }], generationConfig: { maxOutputTokens: 400 } },
  },
  gemini_array: {
    path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
    body: { contents: [{ parts: [{ text: "Hi" }] }], generationConfig: { maxOutputTokens: 400 } },
  },
};
