import { expect, test } from "vitest";
import { Activity, conversationKind, questionText, tenantOf, withoutThread } from "./activity.ts";

function activity(more: Record<string, unknown>): Activity {
  return Activity.parse({
    type: "message",
    channelId: "msteams",
    serviceUrl: "https://smba.example/emea/",
    from: { id: "29:ann" },
    recipient: { id: "28:bot" },
    conversation: { id: "19:c@thread.tacv2;messageid=7", conversationType: "channel" },
    ...more,
  });
}

test("a question is what is left without the mention of the bot", () => {
  const mention = (text: string, id = "28:bot") => ({ type: "mention", mentioned: { id }, text });
  const text = "<at>aispend</at> team R&amp;D&nbsp;last week\n";
  const entities = [mention("<at>aispend</at>")];
  expect(questionText(activity({ text, entities }))).toBe("team R&D last week");
  const other = "<at>aispend</at> key of <at>Ben</at>";
  const both = [mention("<at>aispend</at>"), mention("<at>Ben</at>", "29:ben")];
  expect(questionText(activity({ text: other, entities: both }))).toBe("key of Ben");
});

test("text that only looks like an entity is decoded once", () => {
  expect(questionText(activity({ text: "a &amp;lt; b &lt;c&gt; &quot;d&quot; &#39;e&#39;" }))).toBe(
    `a &lt; b <c> "d" 'e'`,
  );
});

test("a slash before a command is no part of it", () => {
  expect(questionText(activity({ text: "/team payments" }))).toBe("team payments");
  expect(questionText(activity({}))).toBe("");
});

test("what is null is not there, and an odd mention leaves the question readable", () => {
  const read = activity({
    replyToId: null,
    from: { id: "29:ann", aadObjectId: null, role: null },
    channelData: { team: null, tenant: { id: "abc" } },
    value: { kept: null },
    text: "<at>aispend</at> team payments",
    entities: [{ type: "mention", mentioned: { id: "" } }],
  });
  expect(read.from).toEqual({ id: "29:ann" });
  expect(read.replyToId).toBeUndefined();
  expect(read.value).toEqual({ kept: null });
  expect(tenantOf(read)).toBe("abc");
  expect(questionText(read)).toBe("aispend team payments");
});

test("the kind of a conversation is told by its type, or by being a group", () => {
  const kind = (conversation: Record<string, unknown>) =>
    conversationKind(activity({ conversation: { id: "x", ...conversation } }));
  expect(kind({ conversationType: "channel" })).toBe("channel");
  expect(kind({ conversationType: "groupChat" })).toBe("group");
  expect(kind({ isGroup: true })).toBe("group");
  expect(kind({ conversationType: "personal" })).toBe("personal");
});

test("the tenant is one, in lower case, or none", () => {
  const tenant = (conversation?: string, channel?: string) =>
    tenantOf(
      activity({
        conversation: { id: "x", tenantId: conversation },
        channelData: channel === undefined ? {} : { tenant: { id: channel } },
      }),
    );
  expect(tenant("ABC")).toBe("abc");
  expect(tenant(undefined, "abc")).toBe("abc");
  expect(tenant("ABC", "abc")).toBe("abc");
  expect(tenant("abc", "def")).toBeUndefined();
  expect(tenant()).toBeUndefined();
});

test("a channel is the same channel in each of its threads", () => {
  expect(withoutThread("19:c@thread.tacv2;messageid=7")).toBe("19:c@thread.tacv2");
  expect(withoutThread("a:chat")).toBe("a:chat");
});
