/** What has been deleted elsewhere comes in no page any more: it must not stay here, least of all for the next visit. */
import type { Todo } from "../api/types";
import { conflicts, drafts } from "./drafts";
import { forgetTodos, known } from "./known";
import { operations } from "./outbox";
import { compare } from "./sections";

export interface Reading {
  /** What was known before the first page was asked for. */
  before: ReadonlyMap<string, Todo>;
  ids: ReadonlySet<string>;
  /** Of what has been read, in the order of the list. */
  last: Todo | undefined;
  /** Nothing comes after `last`. */
  isWhole: boolean;
}

/** `belongs` says what the list that was read would have shown. */
export function forgetGone({ before, ids, last, isWhole }: Reading, belongs: (todo: Todo) => boolean): void {
  const isRead = (todo: Todo) => isWhole || (last !== undefined && compare(todo, last) < 0);
  const gone = [...before.values()].filter(
    (todo) => !ids.has(todo.todoID) && belongs(todo) && isRead(todo) && isUntouched(todo),
  );
  if (gone.length > 0) forgetTodos(gone.map((todo) => todo.todoID));
}

/** Not changed while the pages came, and with nothing of the user's that only the service may refuse. */
function isUntouched(todo: Todo): boolean {
  const { todoID } = todo;
  if (known.peek().get(todoID) !== todo || drafts.peek()[todoID] || conflicts.peek()[todoID]) return false;
  return !operations.peek().some((operation) => operation.todoID === todoID);
}
