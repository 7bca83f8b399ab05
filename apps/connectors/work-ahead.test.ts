import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { workAhead } from "./work-ahead.ts";

async function* numbers(count: number) {
  for (let number = 1; number <= count; number += 1) yield number;
}

it("works on two at a time and hands them over in order, however long each takes", async () => {
  let working = 0;
  let most = 0;
  const done: number[] = [];
  const work = async (number: number) => {
    working += 1;
    most = Math.max(most, working);
    await wait(number % 2 === 1 ? 4 : 1);
    done.push(number);
    working -= 1;
  };
  const handed: number[] = [];
  for await (const number of workAhead(numbers(7), 2, work)) {
    expect(done).toContain(number);
    handed.push(number);
  }
  expect(handed).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(2);
});

it("throws a failure in its turn, hands over nothing after it and leaves nothing running", async () => {
  const done: number[] = [];
  const work = async (number: number) => {
    await wait(number === 3 ? 5 : 1);
    if (number === 3) throw new Error("no third");
    done.push(number);
  };
  const handed: number[] = [];
  const run = async () => {
    for await (const number of workAhead(numbers(9), 2, work)) handed.push(number);
  };
  await expect(run()).rejects.toThrow("no third");
  expect(handed).toEqual([1, 2]);
  expect(done).toEqual([1, 2, 4]);
});

it("waits for what was begun when nobody asks any more", async () => {
  const done: number[] = [];
  const work = async (number: number) => {
    await wait(3);
    done.push(number);
  };
  for await (const number of workAhead(numbers(9), 3, work)) {
    if (number === 1) break;
  }
  expect(done).toEqual([1, 2, 3]);
});
