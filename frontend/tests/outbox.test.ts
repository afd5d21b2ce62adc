import { beforeEach, describe, expect, test, vi } from "vitest";
import "./setup";
import type { Todo } from "../src/api/types";
import * as database from "../src/store/database";
import { conflicts, drafts, openDrafts, type } from "../src/store/drafts";
import { forgetEverything, known, learn } from "../src/store/known";
import { notices } from "../src/store/notices";
import { newOperationId, type Operation } from "../src/store/operations";
import {
  drain,
  hasOutboxOf,
  isWaiting,
  listenToOutbox,
  openOutbox,
  operations,
  removeOutboxOf,
  retryNow,
  saveInTime,
} from "../src/store/outbox";
import { onDone } from "../src/store/outcomes";
import { session } from "../src/store/session";
import { write } from "../src/store/storage";
import { addTodo, deleteTodo, resolveConflict, restoreTodo, saveDraft, setCompleted, shown } from "../src/store/todos";
import { answerWith, calls, soon, todo } from "./setup";

let count = 0;
let sub = "";
let caughtUp: number[] = [];
let stored: Todo;

beforeEach(async () => {
  vi.stubGlobal("history", { replaceState: () => undefined, pushState: () => undefined });
  vi.stubGlobal("location", { pathname: "/", search: "", hash: "" });
  // Another one for each test: what a former test left waiting is not theirs.
  sub = `user-${++count}`;
  session.value = { state: "in", sub, email: "user@example.com" };
  caughtUp = [];
  listenToOutbox({ onDone, onCaughtUp: (changes) => caughtUp.push(changes) });
  answerWith(() => ({ status: 500 }));
  await openOutbox(sub);
  openDrafts(sub);
  forgetEverything();
  notices.value = [];
  isWaiting.value = false;
  stored = todo();
  learn([stored]);
});

const sent = () => soon(() => expect(operations.value).toEqual([]));

/** A service with one to-do, that minds versions. */
function serve(): void {
  answerWith(({ method, headers, body }) => {
    if (method === "GET") return { status: 200, body: stored };
    const wanted = headers["If-Match"];
    if (wanted && wanted !== `"${stored.version}"`) return { status: 412, body: { detail: "Changed." } };
    stored = { ...stored, ...body, version: stored.version + 1 };
    return { status: 200, body: stored };
  });
}

describe("a change", () => {
  test("is shown at once, and is the service's when it has answered", async () => {
    serve();
    setCompleted(stored, true);
    expect(shown.value.get("t1")?.completed).toBe(true);
    expect(known.value.get("t1")?.completed).toBe(false);
    await sent();
    expect(known.value.get("t1")).toMatchObject({ completed: true, version: 2 });
  });

  test("that is refused is taken back, with the reason", async () => {
    answerWith(() => ({ status: 400, body: { detail: "No.", errors: [{ field: "title", detail: "Too odd." }] } }));
    setCompleted(stored, true);
    await sent();
    expect(shown.value.get("t1")?.completed).toBe(false);
    expect(notices.value[0]?.text).toContain("Too odd.");
  });

  test("of a text that is refused leaves the text where it was written", async () => {
    answerWith(() => ({ status: 422, body: { detail: "No." } }));
    type(stored, "notes", "Mine");
    saveDraft("t1");
    await sent();
    expect(shown.value.get("t1")?.notes).toBe("");
    expect(drafts.value.t1?.fields).toEqual({ notes: "Mine" });
  });
});

describe("a new to-do", () => {
  test("is created once, however often its answer is lost", async () => {
    const keys = new Map<string, string>();
    let answers = 0;
    answerWith(({ headers, body }) => {
      const key = headers["Idempotency-Key"] ?? "";
      keys.set(key, String(body.title));
      answers++;
      return answers < 3 ? "no network" : { status: 201, body: todo({ todoID: "t2", title: "New" }) };
    });
    addTodo({ title: "New" });
    expect([...shown.value.values()].map((each) => each.title)).toContain("New");
    await soon(() => expect(isWaiting.value).toBe(true));
    await retryNow();
    await retryNow();
    await sent();
    expect(keys.size).toBe(1);
    expect([...shown.value.values()].filter((each) => each.title === "New")).toHaveLength(1);
  });

  test("may be changed before the service has named it", async () => {
    answerWith(() => "no network");
    addTodo({ title: "New" });
    const local = [...shown.value.values()].find((each) => each.title === "New") as Todo;
    type(local, "notes", "Early");
    saveDraft(local.todoID);
    setCompleted(shown.value.get(local.todoID) as Todo, true);
    expect(shown.value.get(local.todoID)).toMatchObject({ notes: "Early", completed: true });
    await soon(() => expect(isWaiting.value).toBe(true));
    stored = todo({ todoID: "t2", title: "New" });
    answerWith(({ method, body }) => {
      if (method === "PATCH") stored = { ...stored, ...body, version: stored.version + 1 };
      return { status: method === "POST" ? 201 : 200, body: stored };
    });
    await retryNow();
    await sent();
    expect(calls.map((call) => `${call.method} ${call.path}`)).toEqual([
      "POST /me/todos",
      "PATCH /me/todos/t2",
      "PATCH /me/todos/t2",
    ]);
    expect(shown.value.get("t2")).toMatchObject({ notes: "Early", completed: true });
    await soon(() => expect(caughtUp).toEqual([3]));
  });
});

describe("without a network", () => {
  test("changes wait, outlive the page, and are sent in order", async () => {
    answerWith(() => "no network");
    setCompleted(stored, true);
    type(stored, "notes", "Offline");
    saveDraft("t1");
    await soon(() => expect(isWaiting.value).toBe(true));
    // The page is closed and opened again.
    await openOutbox("somebody else");
    expect(operations.value).toEqual([]);
    serve();
    await openOutbox(sub);
    await retryNow();
    await sent();
    expect(stored).toMatchObject({ completed: true, notes: "Offline" });
  });

  test("a change whose writing a closing page cut off is sent by the next one", async () => {
    answerWith(() => "no network");
    type(stored, "notes", "Long since on the disk");
    saveDraft("t1");
    await soon(() => expect(isWaiting.value).toBe(true));
    setCompleted(stored, true);
    saveInTime();
    const cutOff = operations.value[1]?.id ?? "";
    await openOutbox("somebody else");
    await database.remove("outbox", cutOff);
    serve();
    const opening = openOutbox(sub);
    await drain();
    await opening;
    await sent();
    expect(stored).toMatchObject({ notes: "Long since on the disk", completed: true, version: 3 });
    await soon(() => expect(caughtUp).toEqual([2]));
    expect(await hasOutboxOf(sub)).toBe(false);
  });

  test("what a closing page kept and was sent all the same is not sent by the next one", async () => {
    serve();
    setCompleted(stored, true);
    saveInTime();
    await sent();
    setCompleted(stored, false);
    await sent();
    await openOutbox("somebody else");
    await openOutbox(sub);
    await drain();
    expect(stored).toMatchObject({ completed: false, version: 3 });
  });

  test("what a closed page had no time to write is sent by one that is still open", async () => {
    serve();
    await drain();
    const cutOff: Operation = {
      ...{ id: newOperationId(sub), todoID: "t1", at: "2026-01-01T00:00:00Z", title: "Letter" },
      ...{ kind: "edit", changes: { completed: true }, base: {}, version: null },
    };
    write(`outbox/${cutOff.id}`, cutOff);
    // A round that has begun before knows nothing of it.
    await soon(async () => {
      await drain();
      expect(stored).toMatchObject({ completed: true, version: 2 });
    });
    expect(await hasOutboxOf(sub)).toBe(false);
  });

  test("what a closing page kept stays kept while there is no room for it on the disk", async () => {
    answerWith(() => "no network");
    setCompleted(stored, true);
    saveInTime();
    const cutOff = operations.value[0]?.id ?? "";
    const full = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("Full", "QuotaExceededError");
    });
    for (const _ of ["closed while writing", "closed while the disk was full"]) {
      await openOutbox("somebody else");
      await database.remove("outbox", cutOff);
      await openOutbox(sub);
      expect(operations.value.map(({ id }) => id)).toEqual([cutOff]);
    }
    full.mockRestore();
    serve();
    await retryNow();
    await sent();
    expect(stored).toMatchObject({ completed: true, version: 2 });
    expect(await hasOutboxOf(sub)).toBe(false);
  });

  test("whoever leaves takes such a change along", async () => {
    answerWith(() => "no network");
    setCompleted(stored, true);
    saveInTime();
    await openOutbox("somebody else");
    await removeOutboxOf(sub);
    expect(await hasOutboxOf(sub)).toBe(false);
    await openOutbox(sub);
    expect(operations.value).toEqual([]);
  });

  test("what is done while the former changes are still being read is not forgotten", async () => {
    answerWith(() => "no network");
    const opening = openOutbox(sub);
    type(stored, "notes", "Early");
    saveDraft("t1");
    await opening;
    expect(shown.value.get("t1")?.notes).toBe("Early");
    serve();
    await retryNow();
    await sent();
    expect(stored.notes).toBe("Early");
  });

  test("a deletion that has not been sent is simply forgotten when undone", async () => {
    answerWith(() => "no network");
    setCompleted(stored, true);
    await soon(() => expect(isWaiting.value).toBe(true));
    deleteTodo(stored);
    expect(shown.value.get("t1")?.dateDeleted).not.toBe("");
    restoreTodo(shown.value.get("t1") as Todo);
    expect(operations.value.map((operation) => operation.kind)).toEqual(["edit"]);
  });

  test("a service that asks for time gets it", async () => {
    let first = true;
    answerWith(() => {
      if (!first) return { status: 200, body: { ...stored, completed: true, version: 2 } };
      first = false;
      return { status: 503, headers: { "Retry-After": "0" } };
    });
    setCompleted(stored, true);
    await sent();
    expect(shown.value.get("t1")?.completed).toBe(true);
  });
});

describe("the same to-do in two places", () => {
  test("the same text: both versions are kept until the user decides", async () => {
    serve();
    type(stored, "notes", "Mine");
    stored = { ...stored, notes: "Theirs", version: 2 };
    saveDraft("t1");
    await sent();
    expect(shown.value.get("t1")?.notes).toBe("Theirs");
    expect(conflicts.value.t1).toMatchObject({ mine: { notes: "Mine" }, theirs: { notes: "Theirs" } });
    resolveConflict("t1", { notes: "Mine\n\nTheirs" });
    await sent();
    expect(stored.notes).toBe("Mine\n\nTheirs");
    expect(conflicts.value.t1).toBeUndefined();
  });

  test("different texts go together", async () => {
    serve();
    type(stored, "notes", "Mine");
    stored = { ...stored, title: "Theirs", version: 2 };
    saveDraft("t1");
    await sent();
    expect(stored).toMatchObject({ notes: "Mine", title: "Theirs" });
    expect(conflicts.value.t1).toBeUndefined();
  });

  test("one's own changes, one after the other, are no conflict", async () => {
    serve();
    type(stored, "notes", "First");
    saveDraft("t1");
    type(shown.value.get("t1") as Todo, "notes", "First and second");
    saveDraft("t1");
    await sent();
    expect(stored.notes).toBe("First and second");
    expect(notices.value).toEqual([]);
  });

  test("text typed while one's former text is being saved is no conflict either", async () => {
    serve();
    type(stored, "notes", "First");
    saveDraft("t1");
    type(shown.value.get("t1") as Todo, "notes", "First and second");
    await sent();
    saveDraft("t1");
    await sent();
    expect(stored.notes).toBe("First and second");
    expect(calls.map((call) => call.headers["If-Match"])).toEqual(['"1"', '"2"']);
    expect(notices.value).toEqual([]);
  });
});
