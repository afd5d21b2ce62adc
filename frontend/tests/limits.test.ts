/** What was too much at once is sent again when the service says so, and not before. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import "./setup";
import { ApiError, call } from "../src/api/http";
import { forgetEverything, learn } from "../src/store/known";
import { isWaiting, listenToOutbox, openOutbox, operations } from "../src/store/outbox";
import { onDone } from "../src/store/outcomes";
import { session } from "../src/store/session";
import { setCompleted } from "../src/store/todos";
import { answerWith, calls, soon, todo } from "./setup";

const stored = todo();

/** A service that refuses so many times before it does it. */
function refuse(times: number, seconds: number): void {
  let left = times;
  answerWith(() =>
    left-- > 0
      ? { status: 429, headers: { "Retry-After": String(seconds) } }
      : { status: 200, body: { ...stored, completed: true, version: 2 } },
  );
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a call that is refused", () => {
  test.each(["GET", "POST", "PATCH", "DELETE"])("%s is sent again after the time that it was told", async (method) => {
    refuse(2, 3);
    const answer = call<unknown>("https://api.test/me/todos", { method, body: method === "GET" ? undefined : {} });
    for (const sent of [1, 2]) {
      await vi.advanceTimersByTimeAsync(2999);
      expect(calls).toHaveLength(sent);
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(await answer).toMatchObject({ status: 200 });
    expect(calls).toHaveLength(3);
  });

  test("three times, or for long, is told to whoever asked", async () => {
    for (const [times, seconds, sent] of [
      [3, 1, 3],
      [1, 11, 1],
    ] as const) {
      refuse(times, seconds);
      const refused = expect(call("https://api.test/me/todos", { method: "POST", body: {} })).rejects.toMatchObject({
        status: 429,
        retryAfter: seconds,
      });
      await vi.advanceTimersByTimeAsync(10_000);
      await refused;
      expect(calls).toHaveLength(sent);
    }
  });

  test("for a fault of the service's is not sent again: it may have been done", async () => {
    answerWith(() => ({ status: 503, headers: { "Retry-After": "1" } }));
    await expect(call("https://api.test/me/todos", { method: "POST", body: {} })).rejects.toBeInstanceOf(ApiError);
    expect(calls).toHaveLength(1);
  });
});

test("a change that is refused stays, shown and kept, until it may be sent again", async () => {
  vi.stubGlobal("history", { replaceState: () => undefined, pushState: () => undefined });
  session.value = { state: "in", sub: "limited", email: "user@example.com" };
  listenToOutbox({ onDone, onCaughtUp: () => undefined });
  refuse(0, 0);
  await openOutbox("limited");
  forgetEverything();
  learn([stored]);
  refuse(1, 30);
  setCompleted(stored, true);
  await soon(() => expect(isWaiting.value).toBe(true));
  await vi.advanceTimersByTimeAsync(29_000);
  expect(calls).toHaveLength(1);
  expect(operations.value).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  await soon(() => expect(operations.value).toEqual([]));
  expect(calls).toHaveLength(2);
});
