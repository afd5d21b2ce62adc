/** Which to-dos each list has been given by the service, page by page. Ids only: the to-dos are in ./known. */
import { computed, type Signal, signal } from "@preact/signals";
import { ApiError, isAbort, reasonOf, Unreachable } from "../api/http";
import { listTodos } from "../api/todos";
import type { Status, Todo } from "../api/types";
import { known, learn } from "./known";
import { online } from "./network";
import { type ListView, listView } from "./route";
import { fold, search } from "./search";
import { forgetGone } from "./sweep";

export interface List {
  view: ListView;
  search: string;
  ids: ReadonlySet<string>;
  cursor: string | null;
  /** Something has come from the service, in this session or a former one. */
  hasContent: boolean;
  isComplete: boolean;
  isLoading: boolean;
  /** Why the last page did not come; "" if it did. */
  error: string;
}

const STATUS: Record<ListView, Status> = {
  all: "all",
  today: "open",
  open: "open",
  completed: "completed",
  trash: "trashed",
};
const PAGE = 100;
const LARGEST_PAGE = 200;

const lists = new Map<string, Signal<List>>();
const loading = new Map<Signal<List>, AbortController>();
/** Touched on this device: shown where they belong, though their page may not have come yet. */
const pinned = signal<ReadonlySet<string>>(new Set());

/** Changes when all lists are forgotten: the map itself is nothing that a computed value could notice. */
const generation = signal(0);

export const currentList = computed(() => {
  void generation.value;
  return listOf(listView.value, search.value);
});

function listOf(view: ListView, text: string): Signal<List> {
  const key = `${view}/${text}`;
  let list = lists.get(key);
  if (!list) {
    // What was searched before is asked for anew.
    for (const [other, { value }] of lists) if (value.search && value.search !== text) lists.delete(other);
    list = signal(empty(view, text));
    lists.set(key, list);
  }
  return list;
}

function empty(view: ListView, text: string): List {
  const ids = text ? matchesInMemory(text) : new Set<string>();
  return {
    view,
    search: text,
    ids,
    cursor: null,
    hasContent: ids.size > 0,
    isComplete: false,
    isLoading: false,
    error: "",
  };
}

/** Shown while the service searches the rest. */
function matchesInMemory(text: string): ReadonlySet<string> {
  const wanted = fold(text);
  const found = [...known.peek().values()].filter((todo) => fold(todo.title).includes(wanted));
  return new Set(found.map((todo) => todo.todoID));
}

export function belongs(todo: Todo, view: ListView, today: string): boolean {
  if (view === "trash") return todo.dateDeleted !== "";
  if (todo.dateDeleted) return false;
  if (view === "completed") return todo.completed;
  if (view === "open") return !todo.completed;
  if (view === "today") return !todo.completed && todo.dateDue !== "" && todo.dateDue <= today;
  return true;
}

/** The to-dos of a list, each once, in no order. */
export function membersOf(list: List, shown: ReadonlyMap<string, Todo>, today: string): Todo[] {
  const wanted = fold(list.search);
  const members: Todo[] = [];
  for (const todoID of list.ids) {
    const todo = shown.get(todoID);
    if (todo && belongs(todo, list.view, today)) members.push(todo);
  }
  for (const todoID of pinned.value) {
    const todo = shown.get(todoID);
    if (!todo || list.ids.has(todoID) || !belongs(todo, list.view, today)) continue;
    if (!wanted || fold(todo.title).includes(wanted)) members.push(todo);
  }
  return members;
}

export function pin(todoID: string): void {
  if (!pinned.peek().has(todoID)) pinned.value = new Set(pinned.peek()).add(todoID);
}

export function isPinned(todoID: string): boolean {
  return pinned.peek().has(todoID);
}

export function replaceInLists(from: string, to: string): void {
  for (const list of lists.values()) {
    if (!list.peek().ids.has(from)) continue;
    const ids = new Set(list.peek().ids);
    ids.delete(from);
    list.value = { ...list.peek(), ids: ids.add(to) };
  }
}

/** The next page, unless one is under way. */
export async function loadMore(list: Signal<List>, today: string): Promise<void> {
  const { isComplete, isLoading } = list.peek();
  if (isComplete || isLoading) return;
  await asking(list, async (abort) => {
    const { view, search: text, cursor, ids } = list.peek();
    const page = await listTodos({ status: STATUS[view], search: text, cursor, limit: PAGE, signal: abort });
    learn(page.todos);
    list.value = {
      ...list.peek(),
      // A to-do that has changed meanwhile may come twice; a set holds it once.
      ids: new Set([...ids, ...page.todos.map((todo) => todo.todoID)]),
      cursor: page.nextCursor,
      hasContent: true,
      isComplete: page.nextCursor === null || isPastToday(view, page.todos, today),
    };
  });
}

/** As much as was there, from the start: after some time away. What is shown stays until the new pages are here. */
export async function reload(list: Signal<List>, today: string): Promise<void> {
  const wanted = list.peek().ids.size;
  loading.get(list)?.abort();
  await asking(list, async (abort) => {
    const { view, search: text } = list.peek();
    const before = known.peek();
    const ids = new Set<string>();
    let last: Todo | undefined;
    let cursor: string | null = null;
    let isComplete = false;
    do {
      const limit = Math.min(LARGEST_PAGE, Math.max(PAGE, wanted - ids.size));
      const page = await listTodos({ status: STATUS[view], search: text, cursor, limit, signal: abort });
      learn(page.todos);
      for (const todo of page.todos) ids.add(todo.todoID);
      last = page.todos.at(-1) ?? last;
      cursor = page.nextCursor;
      isComplete = cursor === null || isPastToday(view, page.todos, today);
    } while (!isComplete && ids.size < wanted);
    // What is missing in another list may just belong somewhere else by now.
    if (view === "all" && !text) forgetGone({ before, ids, last, isWhole: isComplete }, (todo) => !todo.dateDeleted);
    list.value = { ...list.peek(), ids, cursor, hasContent: true, isComplete };
  });
}

function isPastToday(view: ListView, todos: readonly Todo[], today: string): boolean {
  const last = todos.at(-1);
  return view === "today" && last !== undefined && (!last.dateDue || last.dateDue > today);
}

async function asking(list: Signal<List>, ask: (abort: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  loading.set(list, controller);
  list.value = { ...list.peek(), isLoading: true, error: "" };
  try {
    await ask(controller.signal);
    online.value = true;
  } catch (error) {
    if (error instanceof Unreachable) online.value = false;
    if (!isAbort(error)) list.value = { ...list.peek(), error: reasonOf(error) };
    // The service no longer takes this cursor: whoever tries again begins anew.
    if (error instanceof ApiError && error.status === 400) list.value = { ...list.peek(), cursor: null };
  } finally {
    // Where a later call has taken over, it decides.
    if (loading.get(list) === controller) {
      loading.delete(list);
      list.value = { ...list.peek(), isLoading: false };
    }
  }
}

/** A new day: the list of today ended at the former one, and goes on. */
export function reopenToday(): void {
  for (const list of lists.values()) {
    const { view, cursor, isComplete } = list.peek();
    if (view === "today" && cursor !== null && isComplete) list.value = { ...list.peek(), isComplete: false };
  }
}

export function abortOthers(than: Signal<List> | null): void {
  for (const [list, controller] of loading) if (list !== than) controller.abort();
}

/** What a former visit has seen, so that there is something to read before, or without, any answer. */
export function showFormer(todos: readonly Todo[]): void {
  const list = listOf("all", "");
  if (list.peek().hasContent || todos.length === 0) return;
  list.value = { ...list.peek(), ids: new Set(todos.map((todo) => todo.todoID)), hasContent: true };
  for (const view of ["today", "open", "completed"] as const) {
    const other = listOf(view, "");
    other.value = { ...other.peek(), ids: list.peek().ids, hasContent: true };
  }
}

export function forgetLists(): void {
  abortOthers(null);
  lists.clear();
  generation.value++;
  pinned.value = new Set();
}
