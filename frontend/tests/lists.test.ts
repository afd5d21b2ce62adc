import { beforeEach, describe, expect, test } from "vitest";
import "./setup";
import { forgetEverything, known } from "../src/store/known";
import { currentList, forgetLists, loadMore, membersOf, pin, reload } from "../src/store/lists";
import { search } from "../src/store/search";
import { answerWith, calls, todo } from "./setup";

const TODAY = "2026-11-23";
const page = (ids: string[], nextCursor: string | null) => ({
  status: 200,
  body: { todos: ids.map((todoID) => todo({ todoID })), nextCursor },
});

beforeEach(() => {
  forgetEverything();
  forgetLists();
  search.value = "";
});

const shownIds = () => membersOf(currentList.value.value, known.value, TODAY).map((each) => each.todoID);

describe("a list", () => {
  test("grows page by page, and shows a to-do that comes twice once", async () => {
    answerWith(({ path }) => (path.includes("cursor=next") ? page(["b", "c"], null) : page(["a", "b"], "next")));
    const list = currentList.value;
    await loadMore(list, TODAY);
    expect(shownIds()).toEqual(["a", "b"]);
    await loadMore(list, TODAY);
    expect(shownIds()).toEqual(["a", "b", "c"]);
    await loadMore(list, TODAY);
    expect(calls).toHaveLength(2);
  });

  test("goes on after an empty page", async () => {
    answerWith(({ path }) => (path.includes("cursor") ? page(["a"], null) : page([], "next")));
    await loadMore(currentList.value, TODAY);
    expect(currentList.value.value.isComplete).toBe(false);
    await loadMore(currentList.value, TODAY);
    expect(shownIds()).toEqual(["a"]);
  });

  test("says why a page did not come, keeps what it has, and can be asked again", async () => {
    answerWith(() => page(["a"], "next"));
    await loadMore(currentList.value, TODAY);
    answerWith(() => "no network");
    await loadMore(currentList.value, TODAY);
    expect(currentList.value.value.error).toContain("no connection");
    expect(shownIds()).toEqual(["a"]);
    answerWith(() => page(["b"], null));
    await loadMore(currentList.value, TODAY);
    expect(shownIds()).toEqual(["a", "b"]);
  });

  test("shows what was touched here though its page has not come", async () => {
    answerWith(() => page(["a"], "next"));
    await loadMore(currentList.value, TODAY);
    known.value = new Map(known.value).set("far", todo({ todoID: "far" }));
    expect(shownIds()).toEqual(["a"]);
    pin("far");
    expect(shownIds()).toEqual(["a", "far"]);
  });

  test("is read anew without what is gone", async () => {
    answerWith(() => page(["a", "b"], null));
    await loadMore(currentList.value, TODAY);
    answerWith(() => page(["b"], null));
    await reload(currentList.value, TODAY);
    expect(shownIds()).toEqual(["b"]);
  });
});

describe("a search", () => {
  test("shows at once what is known, then what the service finds", async () => {
    answerWith(() => ({ status: 200, body: { todos: [todo({ todoID: "a", title: "Äpfel" })], nextCursor: null } }));
    await loadMore(currentList.value, TODAY);
    search.value = "äPF";
    expect(shownIds()).toEqual(["a"]);
    answerWith(() => ({
      status: 200,
      body: { todos: [todo({ todoID: "b", title: "Apfelmus äpf" })], nextCursor: null },
    }));
    await loadMore(currentList.value, TODAY);
    expect(shownIds().sort()).toEqual(["a", "b"]);
    expect(calls[0]?.path).toContain(`search=${encodeURIComponent("äPF")}`);
  });
});
