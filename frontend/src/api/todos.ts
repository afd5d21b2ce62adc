import { config } from "../config";
import { call } from "./http";
import type { Changes, NewTodo, Status, Todo, TodoPage } from "./types";

const root = () => `${config.todosUrl}/me/todos`;
const pathOf = (todoID: string) => `${root()}/${encodeURIComponent(todoID)}`;

export interface ListQuery {
  status: Status;
  search?: string;
  cursor?: string | null;
  limit?: number;
  signal?: AbortSignal;
}

export async function listTodos({ status, search, cursor, limit = 100, signal }: ListQuery): Promise<TodoPage> {
  const query = new URLSearchParams({ status, limit: String(limit) });
  if (search) query.set("search", search);
  if (cursor) query.set("cursor", cursor);
  return (await call<TodoPage>(`${root()}?${query}`, signal ? { signal } : {})).body;
}

export async function getTodo(todoID: string): Promise<Todo> {
  return (await call<Todo>(pathOf(todoID))).body;
}

/** The same key and fields give the same to-do, however often they are sent. */
export async function createTodo(fields: NewTodo, idempotencyKey: string): Promise<Todo> {
  const headers = { "Idempotency-Key": idempotencyKey };
  return (await call<Todo>(root(), { method: "POST", body: fields, headers })).body;
}

/** With a `version`, refused with 412 if the to-do has changed since. */
export async function updateTodo(todoID: string, changes: Changes, version: number | null): Promise<Todo> {
  const headers: Record<string, string> = version === null ? {} : { "If-Match": `"${version}"` };
  return (await call<Todo>(pathOf(todoID), { method: "PATCH", body: changes, headers })).body;
}

export async function trashTodo(todoID: string): Promise<void> {
  await call(pathOf(todoID), { method: "DELETE" });
}

export async function restoreTodo(todoID: string): Promise<Todo> {
  return (await call<Todo>(`${pathOf(todoID)}/restore`, { method: "POST" })).body;
}

export async function eraseAccount(sub: string): Promise<void> {
  await call(`${root()}/erase-account`, { method: "POST", body: { confirm: sub } });
}
