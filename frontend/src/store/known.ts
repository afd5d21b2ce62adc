/** What the service has last said of each to-do. What is shown is this with the outbox laid over it: see ./todos. */
import { signal } from "@preact/signals";
import type { Todo } from "../api/types";

export const known = signal<ReadonlyMap<string, Todo>>(new Map());

/** To-dos that began on this device: the service's id → the one they had before, which the screen goes on using. */
const formerIds = new Map<string, string>();

export function learn(todos: readonly Todo[]): void {
  if (todos.length === 0) return;
  const next = new Map(known.peek());
  for (const todo of todos) {
    const former = next.get(todo.todoID);
    // An answer that was long under way must not undo a later one.
    if (!former || former.version <= todo.version) next.set(todo.todoID, todo);
  }
  known.value = next;
}

export function forgetTodos(ids: Iterable<string>): void {
  const next = new Map(known.peek());
  for (const todoID of ids) next.delete(todoID);
  known.value = next;
}

export function forgetEverything(): void {
  known.value = new Map();
  formerIds.clear();
}

export function rememberFormerId(todoID: string, former: string): void {
  formerIds.set(todoID, former);
}

/** The same for a to-do before and after the service has named it. */
export function keyOf(todoID: string): string {
  return formerIds.get(todoID) ?? todoID;
}
