import { expect, it } from "vitest";
import { findComment, type IssueComment, readMarker, stickyAction, writeMarker } from "./sticky.ts";

const stamp = { run: 200, attempt: 1 };
const marker = { key: "default", ...stamp, changes: true };
const comment = (over: Partial<IssueComment> & { text?: string } = {}): IssueComment => ({
  id: 1,
  author: "github-actions[bot]",
  url: "https://github.example/1",
  body: `${writeMarker(marker)}\n${over.text ?? "report"}`,
  ...over,
});

it("finds the newest comment of its key and author, to the letter", () => {
  const prod = comment({ id: 2, body: writeMarker({ ...marker, key: "prod" }) });
  const nonProd = comment({ id: 3, body: writeMarker({ ...marker, key: "non-prod" }) });
  const forged = comment({ id: 4, author: "stranger", body: prod.body });
  const quoted = comment({ id: 5, body: `> ${prod.body}` });
  const all = [prod, nonProd, forged, quoted];
  expect(findComment(all, "prod", "github-actions")?.id).toBe(2);
  expect(findComment([...all, { ...prod, id: 6 }], "prod", "GitHub-Actions[bot]")?.id).toBe(6);
  expect(findComment(all, "default", "github-actions")).toBeUndefined();
});

it("reads back the marker that it writes, and no other", () => {
  expect(readMarker(comment().body)).toEqual(marker);
  expect(
    readMarker("text\n<!-- aispend:estimate key=default run=1.1 changes=yes -->"),
  ).toBeUndefined();
  expect(readMarker("<!-- aispend:estimate key=a b run=1.1 changes=yes -->")).toBeUndefined();
});

it("leaves an equal comment, and one that a later run wrote", () => {
  const body = (run: number, text: string): string => `${writeMarker({ ...marker, run })}\n${text}`;
  const existing = comment();
  expect(stickyAction(existing, body(201, "report"), { run: 201, attempt: 1 }, true)).toMatchObject(
    {
      state: "same",
    },
  );
  expect(stickyAction(existing, body(201, "other"), { run: 201, attempt: 1 }, true)).toMatchObject({
    state: "update",
  });
  expect(stickyAction(existing, body(199, "other"), { run: 199, attempt: 9 }, true)).toMatchObject({
    state: "older",
  });
  const second = comment({ body: writeMarker({ ...marker, attempt: 2 }) });
  expect(stickyAction(second, body(200, "other"), stamp, true)).toMatchObject({ state: "older" });
});

it("writes a first comment only where it is worth one, and keeps what is there up to date", () => {
  expect(stickyAction(undefined, "x", stamp, false)).toEqual({ state: "silent" });
  expect(stickyAction(undefined, "x", stamp, true)).toEqual({ state: "create" });
  expect(stickyAction(comment(), "x", stamp, false)).toMatchObject({ state: "update" });
});
