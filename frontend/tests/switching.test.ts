/** Two tabs of one browser, and what must not pass from one user to the next. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { answerWith, CONFIG, calls, type Service, soon, todo } from "./setup";

type Listener = (event: { key?: string }) => void;

const A = () => ({ sub: `a-${count}`, email: "a@example.com" });
const B = () => ({ sub: `b-${count}`, email: "b@example.com" });
let count = 0;
/** Whose tokens the browser has. */
let holder: { sub: string; email: string } | null = null;
let opened: { close: () => void }[] = [];
type Tab = Awaited<ReturnType<typeof openTab>>;

/** The modules once more, as another tab loads them; the disk is the same. */
async function openTab() {
  const listeners = new Map<string, Listener[]>();
  const listen = (name: string, listener: Listener) =>
    void listeners.set(name, [...(listeners.get(name) ?? []), listener]);
  vi.resetModules();
  vi.stubGlobal("addEventListener", listen);
  vi.stubGlobal("document", { visibilityState: "visible", addEventListener: listen });
  vi.stubGlobal("history", { replaceState: () => undefined, pushState: () => undefined });
  vi.stubGlobal("location", { pathname: "/", search: "", hash: "" });
  vi.doMock("../src/auth", async () => {
    const { SessionEnded } = await import("../src/api/http");
    const accessToken = () => (holder ? Promise.resolve(holder.sub) : Promise.reject(new SessionEnded()));
    const leave = async () => {
      holder = null;
    };
    return { auth: async () => ({ accessToken, currentIdentity: async () => holder, leave }) };
  });
  (await import("../src/config")).setConfig(CONFIG);
  const tab = {
    session: await import("../src/store/session"),
    account: await import("../src/store/account"),
    outbox: await import("../src/store/outbox"),
    drafts: await import("../src/store/drafts"),
    known: await import("../src/store/known"),
    names: await import("../src/store/names"),
    notices: await import("../src/store/notices"),
    search: await import("../src/store/search"),
    todos: await import("../src/store/todos"),
    database: await import("../src/store/database"),
    signals: await import("@preact/signals"),
    fire: (name: string, event: { key?: string } = {}) => {
      for (const listener of listeners.get(name) ?? []) listener(event);
    },
    close: () => {
      tab.outbox.closeOutbox();
      listeners.clear();
    },
  };
  tab.session.startSession();
  tab.account.watchAccount();
  opened.push(tab);
  return tab;
}

/** A service whose list is empty, and which answers changes as told. */
function serve(change: Service): void {
  answerWith((call) => (call.method === "GET" ? { status: 200, body: { todos: [], nextCursor: null } } : change(call)));
}

/** The former service, whose answers to changes come when told. */
function holdAnswers(): () => void {
  const answer = fetch;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const reply = await answer(url, init);
    if (init.method !== "GET") await released;
    return reply;
  });
  return release;
}

const changes = () => calls.filter((call) => call.method !== "GET");
const tokens = () => changes().map((call) => call.headers.Authorization);
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 150));

function switchTo(tab: Tab, user: typeof holder): void {
  holder = user;
  localStorage.setItem("session", JSON.stringify(user));
  tab.fire("storage", { key: "session" });
}

beforeEach(() => {
  count++;
  holder = A();
  localStorage.setItem("session", JSON.stringify(holder));
  serve(() => "no network");
});

afterEach(() => {
  for (const tab of opened) tab.close();
  opened = [];
});

describe("two tabs", () => {
  async function withUnsent() {
    const [one, two] = [await openTab(), await openTab()];
    // Both have read what is on the disk, and ask for their lists.
    await soon(() => expect(calls.length).toBeGreaterThan(1));
    one.todos.addTodo({ title: "Unsent" });
    const stored = todo();
    one.known.learn([stored]);
    one.drafts.type(stored, "notes", "Being typed");
    await soon(async () => expect(await one.database.all("outbox", A().sub)).toHaveLength(1));
    return { one, two };
  }
  const drafted = () => Object.keys(localStorage).filter((key) => key.startsWith(`draft/${A().sub}/`));

  test("a session that ends in one of them takes nothing from the device", async () => {
    const { one, two } = await withUnsent();
    one.session.endSession("ended");
    two.fire("storage", { key: "session" });
    await aWhile();
    expect(two.session.session.value).toEqual({ state: "out", reason: "ended" });
    expect(await two.database.all("outbox", A().sub)).toHaveLength(1);
    expect(drafted()).toHaveLength(1);
    const third = await openTab();
    expect(third.session.session.value).toEqual({ state: "out", reason: "ended" });
  });

  test("who leaves in one of them leaves nothing, though the other one notices first", async () => {
    const { one, two } = await withUnsent();
    for (const { names } of [one, two]) names.rememberName("new-1", "t1");
    await one.session.signOut({ everywhere: false });
    two.fire("storage", { key: "session" });
    expect(two.session.session.value).toEqual({ state: "out", reason: "elsewhere" });
    await soon(async () => expect(await one.database.all("outbox", A().sub)).toEqual([]));
    expect(drafted()).toEqual([]);
    expect([one, two].map(({ names }) => names.nameOf("new-1"))).toEqual(["new-1", "new-1"]);
  });

  test("what a closed one has left unsent is sent by the other", async () => {
    const { one, two } = await withUnsent();
    one.close();
    serve(({ body }) => ({ status: 201, body: todo({ todoID: "t2", title: String(body.title) }) }));
    two.fire("online");
    await soon(() => expect(changes().map((call) => call.body.title)).toEqual(["Unsent"]));
    await soon(() => expect(two.outbox.operations.value).toEqual([]));
    await soon(async () => expect(await two.database.all("outbox", A().sub)).toEqual([]));
  });

  test("leaving asks for what the other has not sent, and for what is undecided", async () => {
    const { one, two } = await withUnsent();
    one.drafts.setDraft("t1", null);
    // Without locks, the other takes it over.
    two.drafts.setDraft("t1", null);
    two.outbox.closeOutbox();
    expect(await two.account.hasUnsent()).toBe(true);
    await two.database.removeAll("outbox", A().sub);
    expect(await two.account.hasUnsent()).toBe(false);
    two.drafts.setConflict("t1", { mine: { notes: "Mine" }, theirs: todo(), fields: ["notes"] });
    expect(await two.account.hasUnsent()).toBe(true);
  });
});

describe("another user", () => {
  test("sees no answer that was meant for the former one", async () => {
    const tab = await openTab();
    serve(() => ({ status: 201, body: todo({ todoID: "secret", title: "A's" }) }));
    const release = holdAnswers();
    tab.todos.addTodo({ title: "A's" });
    await soon(() => expect(changes()).toHaveLength(1));
    tab.todos.addTodo({ title: "A's second" });
    switchTo(tab, B());
    expect(tab.outbox.operations.value).toEqual([]);
    await aWhile();
    release();
    await aWhile();
    expect(tab.known.known.value.has("secret")).toBe(false);
    expect(tokens()).toEqual([`Bearer ${A().sub}`]);
  });

  test("does not send again what was refused to the former one's token", async () => {
    const tab = await openTab();
    serve(() => ({ status: 401 }));
    const release = holdAnswers();
    tab.todos.addTodo({ title: "A's" });
    await soon(() => expect(changes()).toHaveLength(1));
    switchTo(tab, B());
    release();
    await aWhile();
    expect(tokens()).toEqual([`Bearer ${A().sub}`]);
    expect(tab.session.identity.value?.sub).toBe(B().sub);
  });

  test("sends their own while an answer for the former one is still under way", async () => {
    const tab = await openTab();
    serve(({ body }) => ({ status: 201, body: todo({ todoID: String(body.title), title: String(body.title) }) }));
    const release = holdAnswers();
    tab.todos.addTodo({ title: "first" });
    await soon(() => expect(changes()).toHaveLength(1));
    switchTo(tab, B());
    tab.todos.addTodo({ title: "second" });
    release();
    await soon(() => expect(tokens()).toEqual([`Bearer ${A().sub}`, `Bearer ${B().sub}`]));
    await soon(() => expect(tab.outbox.operations.value).toEqual([]));
  });

  test("finds no notice, nothing to undo, and an empty search field", async () => {
    const tab = await openTab();
    tab.todos.deleteTodo(todo({ title: "A's" }));
    tab.notices.announce("A's");
    tab.search.searchText.value = "A's";
    switchTo(tab, B());
    expect(tab.notices.notices.value).toEqual([]);
    expect(tab.notices.announcement.value).toBe("");
    expect(tab.search.searchText.value).toBe("");
    expect(tab.todos.undoDelete()).toBe(false);
  });
});

test("a deletion that is being sent again is undone by a restoration", async () => {
  const tab = await openTab();
  const stored = todo();
  tab.known.learn([stored]);
  tab.todos.deleteTodo(stored);
  await soon(() => expect(tab.outbox.isWaiting.value).toBe(true));
  serve(({ method }) => (method === "DELETE" ? { status: 204 } : { status: 200, body: { ...stored, version: 3 } }));
  const release = holdAnswers();
  tab.fire("online");
  await soon(() => expect(changes()).toHaveLength(1));
  tab.todos.undoDelete();
  release();
  await soon(() => expect(changes().map((call) => call.method)).toEqual(["DELETE", "POST"]));
});

test("what an earlier page left unsent is part of the first list that is shown", async () => {
  const stored = todo();
  const former = await openTab();
  former.known.learn([stored]);
  former.todos.setCompleted(stored, true);
  await soon(() => expect(former.outbox.isWaiting.value).toBe(true));
  await former.database.put("lists", A().sub, [stored]);
  former.close();
  const tab = await openTab();
  const seen: (boolean | undefined)[] = [];
  tab.signals.effect(() => void seen.push(tab.todos.shown.value.get(stored.todoID)?.completed));
  await soon(() => expect(seen).toContain(true));
  expect(seen).not.toContain(false);
});

test("an address that names nothing is left as it is", async () => {
  const { names } = await openTab();
  expect(["constructor", "__proto__", "t1"].map(names.nameOf)).toEqual(["constructor", "__proto__", "t1"]);
});
