/** Sends one operation and says what became of it. */
import { ApiError, isAbort, SessionEnded, Unreachable } from "../api/http";
import * as api from "../api/todos";
import type { Texts, Todo } from "../api/types";
import { known } from "./known";
import { clashes, type Operation, ownerOf } from "./operations";
import { identity } from "./session";

export type Result =
  | { kind: "done"; todo: Todo; wasMerged: boolean }
  | { kind: "refused"; error: ApiError | Error }
  /** Somebody else has changed the same texts. */
  | { kind: "conflict"; theirs: Todo; fields: (keyof Texts)[] }
  | { kind: "later"; error: Error; seconds: number | null };

export async function perform(operation: Operation): Promise<Result> {
  try {
    return await send(operation);
  } catch (error) {
    return classify(error);
  }
}

async function send(operation: Operation): Promise<Result> {
  const { todoID } = operation;
  switch (operation.kind) {
    case "create":
      return done(await api.createTodo(operation.fields, operation.idempotencyKey));
    case "edit":
      return edit(operation, operation.version);
    case "trash": {
      await api.trashTodo(todoID);
      const todo = known.peek().get(todoID);
      if (!todo) return { kind: "refused", error: new Error("It is not in your list any more.") };
      return done({ ...todo, dateDeleted: operation.at, version: todo.version + 1 });
    }
    case "restore":
      return done(await api.restoreTodo(todoID));
  }
}

async function edit(
  operation: Operation & { kind: "edit" },
  version: number | null,
  wasMerged = false,
): Promise<Result> {
  // Between its calls somebody else may have signed in.
  if (identity.peek()?.sub !== ownerOf(operation)) throw new SessionEnded();
  try {
    return done(await api.updateTodo(operation.todoID, operation.changes, version), wasMerged);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
  }
  const theirs = await api.getTodo(operation.todoID);
  const { completed: _, ...texts } = operation.changes;
  const fields = clashes(texts, operation.base, theirs);
  if (fields.length > 0) return { kind: "conflict", theirs, fields };
  // They changed something else: both changes can stand.
  return edit(operation, theirs.version, true);
}

function done(todo: Todo, wasMerged = false): Result {
  return { kind: "done", todo, wasMerged };
}

/** A fault of the service's is no refusal, however long it lasts: what the user wrote waits until it is mended. */
function classify(error: unknown): Result {
  if (error instanceof ApiError && error.isTemporary) return { kind: "later", error, seconds: error.retryAfter };
  if (error instanceof Unreachable || error instanceof SessionEnded || isAbort(error)) {
    return { kind: "later", error: error as Error, seconds: null };
  }
  return { kind: "refused", error: error instanceof Error ? error : new Error(String(error)) };
}
