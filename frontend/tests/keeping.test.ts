/** Nothing that has been typed is ever lost, whatever the service answers. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import "./setup";
import type { Todo } from "../src/api/types";
import { conflicts, drafts, openDrafts, setConflict, setDraft, type } from "../src/store/drafts";
import { forgetEverything, known, learn } from "../src/store/known";
import { leftoverOf, restoreWithText, saveAsNew } from "../src/store/leftover";
import { currentList, forgetLists, membersOf, pin, reload } from "../src/store/lists";
import { notices } from "../src/store/notices";
import { isWaiting, listenToOutbox, openOutbox, operations, retryNow } from "../src/store/outbox";
import { onDone } from "../src/store/outcomes";
import { session } from "../src/store/session";
import { addTodo, deleteTodo, resolveConflict, saveDraft, shown } from "../src/store/todos";
import { answerWith, calls, soon, todo } from "./setup";

const TODAY = "2026-11-23";
let user = 0;
let stored: Todo;

beforeEach(async () => {
  vi.stubGlobal("history", { replaceState: () => undefined, pushState: () => undefined });
  vi.stubGlobal("location", { pathname: "/", search: "", hash: "" });
  // Another one for each test: what a former test left waiting is not theirs.
  const sub = `user-${++user}`;
  session.value = { state: "in", sub, email: "user@example.com" };
  listenToOutbox({ onDone, onCaughtUp: () => undefined });
  answerWith(() => "no network");
  forgetLists();
  forgetEverything();
  openDrafts(sub);
  await openOutbox(sub);
  notices.value = [];
  isWaiting.value = false;
  stored = todo();
  learn([stored]);
});

const sent = () => soon(() => expect(operations.value).toEqual([]));
const now = (todoID = "t1") => shown.value.get(todoID) as Todo;

/** A service with one to-do, that minds versions; the first PATCH waits for `before`. */
function serve(before: () => void = () => {}): void {
  answerWith(({ method, headers, body }) => {
    if (method === "GET") return { status: 200, body: stored };
    before();
    const wanted = headers["If-Match"];
    if (wanted && wanted !== `"${stored.version}"`) return { status: 412, body: { detail: "Changed." } };
    stored = { ...stored, ...body, version: stored.version + 1 };
    return { status: 200, body: stored };
  });
}

describe("changed elsewhere", () => {
  test("what is typed while the refused save is under way is part of the question, and of the answer", async () => {
    let isTyped = false;
    serve(() => {
      if (isTyped) return;
      isTyped = true;
      type(now(), "notes", "First and second");
      type(now(), "description", "Typed meanwhile");
    });
    type(stored, "notes", "First");
    stored = { ...stored, notes: "Theirs", version: 2 };
    saveDraft("t1");
    await sent();
    expect(conflicts.value.t1?.mine).toEqual({ notes: "First and second", description: "Typed meanwhile" });
    expect(conflicts.value.t1?.fields).toEqual(["notes"]);
    expect(drafts.value.t1).toBeUndefined();
    resolveConflict("t1", { ...conflicts.value.t1?.mine });
    await sent();
    expect(stored).toMatchObject({ notes: "First and second", description: "Typed meanwhile" });
  });

  test("what already waits behind the refused save is part of the question too", async () => {
    serve();
    type(stored, "notes", "First");
    stored = { ...stored, notes: "Theirs", title: "Their title", version: 2 };
    saveDraft("t1");
    type(now(), "notes", "Second");
    saveDraft("t1");
    type(now(), "title", "Third");
    saveDraft("t1");
    await sent();
    expect(conflicts.value.t1?.mine).toEqual({ notes: "Second", title: "Third" });
    expect(conflicts.value.t1?.fields).toEqual(["notes", "title"]);
    expect(stored).toMatchObject({ notes: "Theirs", title: "Their title" });
  });

  test("a decision that is too long to be saved stays a draft", async () => {
    serve();
    const long = "x".repeat(20_000);
    setConflict("t1", { mine: { notes: long }, theirs: { ...stored, notes: "Theirs" }, fields: ["notes"] });
    resolveConflict("t1", { notes: long });
    expect(conflicts.value.t1).toBeUndefined();
    expect(drafts.value.t1?.fields.notes).toBe(long);
  });
});

describe("deleted elsewhere", () => {
  /** The to-do is in the trash; `more` was typed while the save was under way. */
  async function loseTodo(more = ""): Promise<void> {
    answerWith(({ method, path, body }) => {
      if (method === "PATCH" && more) type(now(), "notes", more);
      if (path.endsWith("/restore")) {
        stored = { ...stored, version: stored.version + 1 };
        answerWith(({ body: changes }) => {
          stored = { ...stored, ...changes, version: stored.version + 1 };
          return { status: 200, body: stored };
        });
        return { status: 200, body: stored };
      }
      if (method === "POST") return { status: 201, body: todo({ todoID: "t2", ...body }) };
      return { status: 404, body: { detail: "Gone." } };
    });
    type(stored, "notes", "Precious");
    saveDraft("t1");
    await sent();
  }

  test("the text outlives the page", async () => {
    await loseTodo("Precious and more");
    expect(shown.value.get("t1")).toBeUndefined();
    expect(notices.value[0]?.text).toContain("Your text is kept.");
    drafts.value = {};
    openDrafts(`user-${user}`);
    await soon(() => expect(leftoverOf("t1")).toEqual({ title: "Title", texts: { notes: "Precious and more" } }));
  });

  test("the to-do can be restored, with the text", async () => {
    await loseTodo();
    restoreWithText("t1");
    await sent();
    // As the details do when they open.
    saveDraft("t1");
    await sent();
    expect(stored.notes).toBe("Precious");
    expect(leftoverOf("t1")).toBeNull();
  });

  test("the text can become a new to-do", async () => {
    await loseTodo();
    saveAsNew("t1");
    await sent();
    expect(calls.at(-1)?.body).toEqual({ title: "Title", notes: "Precious" });
    expect(leftoverOf("t1")).toBeNull();
    expect(known.value.get("t2")?.notes).toBe("Precious");
  });

  test("a text that is too long for a new to-do goes with it as a draft", async () => {
    await loseTodo();
    const long = "x".repeat(20_000);
    setDraft("t1", { fields: { notes: long }, base: { notes: "" }, version: 1, title: "Title" });
    saveAsNew("t1");
    await sent();
    expect(calls.at(-1)?.body).toEqual({ title: "Title" });
    expect(drafts.value.t2?.fields.notes).toBe(long);
  });
});

describe("a service with a fault", () => {
  test("is waited for, however long that takes", async () => {
    answerWith(() => ({ status: 500, headers: { "Retry-After": "0" } }));
    type(stored, "notes", "Mine");
    saveDraft("t1");
    addTodo({ title: "New" });
    await soon(() => expect(calls.length).toBeGreaterThan(8));
    expect(operations.value.map(({ kind }) => kind)).toEqual(["edit", "create"]);
    expect(notices.value).toEqual([]);
  });

  test("an answer that was cut off is no refusal: the same is sent again, with the same key", async () => {
    const keys: (string | undefined)[] = [];
    let isCutOff = true;
    vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
      keys.push((init.headers as Record<string, string>)["Idempotency-Key"]);
      const whole = JSON.stringify(todo({ todoID: "t2", title: "New" }));
      return new Response(isCutOff ? whole.slice(0, 20) : whole, { status: 201 });
    });
    addTodo({ title: "New" });
    await soon(() => expect(isWaiting.value).toBe(true));
    expect(operations.value).toHaveLength(1);
    isCutOff = false;
    await retryNow();
    await sent();
    expect(notices.value.filter(({ isError }) => isError)).toEqual([]);
    expect(new Set(keys).size).toBe(1);
    expect([...shown.value.values()].filter(({ title }) => title === "New")).toHaveLength(1);
  });

  test("a creation that was refused is kept, and tried again with the same key and what was written since", async () => {
    answerWith(() => ({ status: 409, body: { detail: "No room." } }));
    const local = addTodo({ title: "New" }) as string;
    type(now(local), "notes", "Written since");
    saveDraft(local);
    await sent();
    const key = calls[0]?.headers["Idempotency-Key"];
    expect(leftoverOf(local)?.texts).toEqual({ title: "New", notes: "Written since" });
    answerWith(({ method, body }) => {
      stored = { ...stored, todoID: "t2", ...body, version: method === "POST" ? 1 : 2 };
      return { status: method === "POST" ? 201 : 200, body: stored };
    });
    notices.value.at(-1)?.action?.run();
    await sent();
    saveDraft("t2");
    await sent();
    expect(calls[0]?.headers["Idempotency-Key"]).toBe(key);
    expect(known.value.get("t2")).toMatchObject({ title: "New", notes: "Written since" });
  });
});

describe("a draft of another tab", () => {
  const draft = { fields: { notes: "Half a" }, base: { notes: "" }, version: 1 };
  const openWith = async (tabs: string[]) => {
    const held = tabs.map((tab) => ({ name: `tab/${tab}` }));
    vi.stubGlobal("navigator", {
      locks: { request: async (_: string, work: () => unknown) => work(), query: async () => ({ held }) },
    });
    const sub = `user-${user}`;
    localStorage.setItem(`draft/${sub}/other/t1`, JSON.stringify(draft));
    openDrafts(sub);
    await new Promise((resolve) => setTimeout(resolve, 20));
    vi.stubGlobal("navigator", undefined);
    return localStorage.getItem(`draft/${sub}/other/t1`) !== null;
  };

  test("is left to it while it is open", async () => {
    expect(await openWith(["other"])).toBe(true);
    expect(drafts.value).toEqual({});
  });

  test("is taken over when it has been closed", async () => {
    expect(await openWith([])).toBe(false);
    expect(drafts.value.t1).toEqual(draft);
    openDrafts(`user-${user}`);
    expect(drafts.value.t1).toEqual(draft);
  });
});

test("Undo on an older notice brings back the to-do that it names", async () => {
  learn([todo({ todoID: "t2", title: "Second" })]);
  deleteTodo(now("t1"));
  deleteTodo(now("t2"));
  notices.value[0]?.action?.run();
  expect(now("t1").dateDeleted).toBe("");
  expect(now("t2").dateDeleted).not.toBe("");
});

describe("what a list does not bring any more", () => {
  const serveList = (todos: Todo[], nextCursor: string | null = null) =>
    answerWith(({ method }) => (method === "GET" ? { status: 200, body: { todos, nextCursor } } : "no network"));
  const shownIds = () => membersOf(currentList.value.value, shown.value, TODAY).map((each) => each.todoID);

  test("is forgotten, though it was touched here", async () => {
    learn([todo({ todoID: "t2" })]);
    pin("t1");
    serveList([todo({ todoID: "t2" })]);
    await reload(currentList.value, TODAY);
    expect(shownIds()).toEqual(["t2"]);
    expect([...known.value.keys()]).toEqual(["t2"]);
  });

  test("stays while something of the user's waits in it", async () => {
    learn([todo({ todoID: "t2" }), todo({ todoID: "t3" })]);
    type(now("t1"), "notes", "Half a");
    type(now("t2"), "notes", "Sent, nearly");
    saveDraft("t2");
    serveList([]);
    await reload(currentList.value, TODAY);
    expect([...known.value.keys()]).toEqual(["t1", "t2"]);
  });

  test("is forgotten only as far as the list was read", async () => {
    forgetEverything();
    learn(["01", "02", "03"].map((day) => todo({ todoID: day, dateDue: `2026-12-${day}` })));
    serveList([todo({ todoID: "02", dateDue: "2026-12-02" })], "next");
    await reload(currentList.value, TODAY);
    expect([...known.value.keys()]).toEqual(["02", "03"]);
  });
});
