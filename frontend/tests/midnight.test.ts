import { expect, test, vi } from "vitest";
import { currentList, loadMore, reopenToday } from "../src/store/lists";
import { go } from "../src/store/route";
import { answerWith, todo } from "./setup";

test("at midnight, the list of today goes on where it had ended, and an old cursor is not asked for twice", async () => {
  vi.stubGlobal("location", { pathname: "/", search: "", hash: "" });
  vi.stubGlobal("history", {
    pushState: (_: null, __: string, path: string) => Object.assign(location, { pathname: path }),
  });
  go("today");
  answerWith(() => ({
    status: 200,
    body: { todos: [todo({ todoID: "a", dateDue: "2026-11-24" })], nextCursor: "next" },
  }));
  const list = currentList.peek();
  await loadMore(list, "2026-11-23");
  expect(list.peek()).toMatchObject({ view: "today", isComplete: true, cursor: "next" });
  reopenToday();
  expect(list.peek().isComplete).toBe(false);
  answerWith(() => ({ status: 400, body: { detail: "This cursor is too old." } }));
  await loadMore(list, "2026-11-24");
  expect(list.peek()).toMatchObject({ error: "This cursor is too old.", cursor: null });
});
