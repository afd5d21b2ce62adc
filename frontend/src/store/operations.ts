/** What the user has done and the service has not confirmed yet; pure functions. */
import type { Changes, NewTodo, Texts, Todo } from "../api/types";

interface Common {
  /** Sorts by time; the key in the database too. */
  id: string;
  todoID: string;
  /** RFC 3339 */
  at: string;
  /** For messages. */
  title: string;
}

export type Operation =
  | (Common & { kind: "create"; fields: NewTodo; idempotencyKey: string })
  | (Common & {
      kind: "edit";
      changes: Changes;
      /** The texts that the user saw when the edit began. */
      base: Texts;
      /** Refused if the to-do has another version by then; null: the last word counts. */
      version: number | null;
    })
  | (Common & { kind: "trash" })
  | (Common & { kind: "restore" });

const LOCAL = "new-";

export function newLocalId(): string {
  return LOCAL + crypto.randomUUID();
}

/** Whether the service does not know the to-do yet. */
export function isLocal(todoID: string): boolean {
  return todoID.startsWith(LOCAL);
}

let count = 0;

export function newOperationId(sub: string, now = Date.now()): string {
  count = (count + 1) % 1_000_000;
  return `${sub}/${String(now).padStart(15, "0")}-${String(count).padStart(6, "0")}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Whose operation it is. */
export function ownerOf(operation: Operation): string {
  return operation.id.slice(0, operation.id.indexOf("/"));
}

/** The to-dos as they will be when the service has done all of it. */
export function overlay(known: ReadonlyMap<string, Todo>, operations: readonly Operation[]): ReadonlyMap<string, Todo> {
  if (operations.length === 0) return known;
  const shown = new Map(known);
  for (const operation of operations) {
    const next = after(shown.get(operation.todoID), operation);
    if (next) shown.set(operation.todoID, next);
  }
  return shown;
}

function after(todo: Todo | undefined, operation: Operation): Todo | undefined {
  if (operation.kind === "create") return toTodo(operation);
  if (!todo) return undefined;
  if (operation.kind === "trash") return { ...todo, dateDeleted: operation.at };
  if (operation.kind === "restore") return { ...todo, dateDeleted: "" };
  const { completed } = operation.changes;
  const dates = completed === undefined ? {} : { dateCompleted: completed ? operation.at : "" };
  return { ...todo, ...operation.changes, ...dates };
}

function toTodo(operation: Operation & { kind: "create" }): Todo {
  return {
    description: "",
    notes: "",
    dateDue: "",
    ...operation.fields,
    todoID: operation.todoID,
    dateCreated: operation.at,
    dateUpdated: operation.at,
    dateCompleted: "",
    dateDeleted: "",
    completed: false,
    version: 0,
  };
}

/** The fields that somebody else has changed to something else than the user. */
export function clashes(mine: Texts, base: Texts, theirs: Todo): (keyof Texts)[] {
  return (Object.keys(mine) as (keyof Texts)[]).filter(
    (field) => theirs[field] !== base[field] && theirs[field] !== mine[field],
  );
}
