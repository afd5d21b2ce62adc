/** The service counts characters, an emoji as one; JavaScript's `length` counts it as two. */
import { beforeEach, describe, expect, test } from "vitest";
import "./setup";
import { MAX_TEXT, MAX_TITLE } from "../src/api/types";
import { addFiles, uploads } from "../src/store/files";
import { openOutbox } from "../src/store/outbox";
import { session } from "../src/store/session";
import { addTodo, problemWith, shorten } from "../src/store/todos";
import { answerWith, calls, soon } from "./setup";

beforeEach(async () => {
  session.value = { state: "in", sub: "user", email: "user@example.com" };
  answerWith(() => "no network");
  await openOutbox("user");
});

describe("a text at its limit", () => {
  test.each([
    ["title", MAX_TITLE],
    ["description", MAX_TEXT],
    ["notes", MAX_TEXT],
  ] as const)("of the %s may be all emoji", (field, most) => {
    expect(problemWith(field, "🌵".repeat(most))).toBeNull();
    expect(problemWith(field, "🌵".repeat(most + 1))).toBe(
      `At most ${most.toLocaleString()} characters; these are ${(most + 1).toLocaleString()}.`,
    );
  });

  test("of a title is counted without the blanks around it, as it is saved", () => {
    expect(problemWith("title", ` ${"x".repeat(MAX_TITLE)} `)).toBeNull();
    expect(problemWith("notes", ` ${"x".repeat(MAX_TEXT)} `)).not.toBeNull();
  });

  test("is sent whole", async () => {
    const title = "🌵".repeat(MAX_TITLE);
    addTodo({ title });
    await soon(() => expect(calls.at(-1)?.body).toEqual({ title }));
  });

  test("of a file's name is counted alike", () => {
    addFiles("t1", [new File([], "🌵".repeat(255)), new File([], "🌵".repeat(256))]);
    expect(uploads.value.map(({ error }) => error)).toEqual(["", "The name is longer than 255 characters."]);
  });
});

test("a title is shortened between two characters, never inside one", () => {
  expect(shorten("🌵".repeat(8), 8)).toBe("🌵".repeat(8));
  expect(shorten("🌵".repeat(9), 8)).toBe(`${"🌵".repeat(7)}…`);
});
