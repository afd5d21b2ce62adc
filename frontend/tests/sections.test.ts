import { describe, expect, test } from "vitest";
import { addDays, endOfWeek, formatDay } from "../src/store/dates";
import { toSections } from "../src/store/sections";
import { todo } from "./setup";

// A Monday.
const TODAY = "2026-11-23";

describe("the list", () => {
  test("has its sections in order, and only those that hold something", () => {
    const todos = [
      todo({ todoID: "done", completed: true, dateDue: "2026-11-01", dateCompleted: "2026-11-02T00:00:00Z" }),
      todo({ todoID: "none" }),
      todo({ todoID: "later", dateDue: "2026-12-07" }),
      todo({ todoID: "week", dateDue: "2026-11-26" }),
      todo({ todoID: "tomorrow", dateDue: "2026-11-24" }),
      todo({ todoID: "overdue", dateDue: "2026-11-22" }),
    ];
    expect(toSections(todos, TODAY).map(({ name, todos: [first] }) => [name, first?.todoID])).toEqual([
      ["overdue", "overdue"],
      ["tomorrow", "tomorrow"],
      ["week", "week"],
      ["later", "later"],
      ["undated", "none"],
      ["completed", "done"],
    ]);
  });

  test("shows the newest of a day first, and the latest completed", () => {
    const todos = [
      todo({ todoID: "older", dateCreated: "2026-11-01T00:00:00Z" }),
      todo({ todoID: "newer", dateCreated: "2026-11-02T00:00:00Z" }),
      todo({ todoID: "first", completed: true, dateCompleted: "2026-11-03T00:00:00Z" }),
      todo({ todoID: "last", completed: true, dateCompleted: "2026-11-04T00:00:00Z" }),
    ];
    expect(toSections(todos, TODAY).flatMap((section) => section.todos.map((each) => each.todoID))).toEqual([
      "newer",
      "older",
      "last",
      "first",
    ]);
  });
});

describe("days", () => {
  test("a week ends where the user's does", () => {
    expect(endOfWeek("2026-11-25", "de-DE")).toBe("2026-11-29");
    expect(endOfWeek("2026-11-25", "en-US")).toBe("2026-11-28");
    expect(endOfWeek("2026-11-29", "de-DE")).toBe("2026-11-29");
    expect(endOfWeek("2026-11-29", "en-US")).toBe("2026-12-05");
  });

  test("are named as near as they are, also over the change of the clocks", () => {
    expect(formatDay("2026-11-23", TODAY)).toBe("Today");
    expect(formatDay("2026-11-24", TODAY)).toBe("Tomorrow");
    expect(formatDay("2026-11-22", TODAY)).toBe("Yesterday");
    expect(formatDay("2026-10-26", "2026-10-25")).toBe("Tomorrow");
    expect(formatDay("2027-01-05", TODAY)).toContain("2027");
  });
});

test("a year of few digits is that year", () => {
  expect(formatDay("0003-01-02", TODAY)).toMatch(/\b3$/);
  expect(addDays("0099-12-31", 1)).toBe("0100-01-01");
});
