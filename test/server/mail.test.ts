import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { linkCodeMailer, mailReaches } from "#apps/server/mail.ts";

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((one) => new Promise((done) => one.close(done))));
});

/** A mail server that takes one message, or refuses its recipient. */
async function mailServer(refuses = false): Promise<{ url: string; received: () => string }> {
  let received = "";
  const server = createServer((socket) => speak(socket));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it listens");
  return { url: `smtp://127.0.0.1:${address.port}`, received: () => received };

  function speak(socket: Socket): void {
    let inData = false;
    socket.write("220 mail\r\n");
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      const text = String(chunk);
      if (inData) {
        received += text;
        if (!received.endsWith("\r\n.\r\n")) return;
        inData = false;
        socket.write("250 taken\r\n");
        return;
      }
      for (const line of text.split("\r\n").filter((one) => one !== "")) {
        if (/^DATA/i.test(line)) {
          inData = true;
          socket.write("354 go on\r\n");
        } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
        else if (refuses && /^RCPT/i.test(line)) socket.write("550 no such person\r\n");
        else socket.write("250 ok\r\n");
      }
    });
  }
}

it("sends the code to the address, and to that one address alone", async () => {
  const { url, received } = await mailServer();
  const mail = await linkCodeMailer({ smtpUrl: url, from: "aispend@acme.example" });
  await mail?.({ orgId: 1, to: "ada@acme.example", code: "7KQM-3XPA" });
  expect(received()).toMatch(/^To: ada@acme\.example\r$/m);
  expect(received()).toMatch(/^Subject: 7KQM-3XPA links your chat account to aispend\r$/m);
  expect(received()).toContain("link 7KQM-3XPA");
  expect(received()).not.toMatch(/^(?:Cc|Bcc):/m);
});

it("takes what looks like several addresses or headers for one address", async () => {
  const { url, received } = await mailServer();
  const mail = await linkCodeMailer({ smtpUrl: url, from: "aispend@acme.example" });
  const to = "ada@acme.example\r\nBcc: eve@evil.example, eve2@evil.example";
  await mail?.({ orgId: 1, to, code: "7KQM-3XPA" }).catch(() => undefined);
  expect(received()).not.toMatch(/^Bcc:/m);
});

it("says that a mail could not be sent, in words for the one who asked", async () => {
  const { url } = await mailServer(true);
  const mail = await linkCodeMailer({ smtpUrl: url, from: "aispend@acme.example" });
  const sent = mail?.({ orgId: 1, to: "nobody@acme.example", code: "7KQM-3XPA" });
  await expect(sent).rejects.toMatchObject({ code: "mail_not_sent", kind: "unavailable" });
  await expect(sent).rejects.not.toThrow(/7KQM|nobody/);
});

it("sends nothing where no mail is configured, and tells the doctor what the server says", async () => {
  expect(await linkCodeMailer(undefined)).toBeUndefined();
  const { url } = await mailServer();
  expect(await mailReaches({ smtpUrl: url, from: "a@b.example" })).toBeUndefined();
  const nobody = { smtpUrl: "smtp://127.0.0.1:1", from: "a@b.example" };
  expect(await mailReaches(nobody)).toMatch(/ECONNREFUSED/);
});
