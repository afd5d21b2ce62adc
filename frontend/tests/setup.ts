/** What the store needs of a browser, and a service that answers as told. */
import "fake-indexeddb/auto";
import { vi } from "vitest";
import { useTokens } from "../src/api/http";
import type { Todo } from "../src/api/types";
import { type Config, setConfig } from "../src/config";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
});
// Object.keys(localStorage) lists what is kept.
vi.stubGlobal(
  "localStorage",
  new Proxy(localStorage, {
    ownKeys: () => [...kept.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  }),
);

export const CONFIG: Config = {
  region: "eu-west-1",
  userPoolId: "pool",
  clientId: "client",
  authFlow: "USER_SRP_AUTH",
  todosUrl: "https://api.test",
  filesUrl: "https://api.test",
  maxFileBytes: 1000,
  filesOrigin: "https://files.test",
};
setConfig(CONFIG);
useTokens(() => Promise.resolve("token"));

export interface Call {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

type Reply = { status: number; body?: unknown; headers?: Record<string, string> };
export type Service = (call: Call) => Reply | "no network";

export const calls: Call[] = [];

export function answerWith(service: Service): void {
  calls.length = 0;
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const { pathname, search } = new URL(url);
    const call: Call = {
      method: init.method ?? "GET",
      path: pathname + search,
      headers: init.headers as Record<string, string>,
      body: init.body ? JSON.parse(String(init.body)) : {},
    };
    calls.push(call);
    const reply = service(call);
    if (reply === "no network") throw new TypeError("Failed to fetch");
    return new Response(reply.status === 204 ? null : JSON.stringify(reply.body ?? {}), {
      status: reply.status,
      ...(reply.headers ? { headers: reply.headers } : {}),
    });
  });
}

/** Until it holds. A busy machine needs long now and then; for ever is what the limit is there for. */
export function soon<T>(holds: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(holds, { timeout: 20_000 });
}

export function todo(fields: Partial<Todo> = {}): Todo {
  return {
    todoID: "t1",
    dateCreated: "2026-11-01T08:00:00Z",
    title: "Title",
    description: "",
    notes: "",
    dateDue: "",
    completed: false,
    dateUpdated: "",
    dateCompleted: "",
    dateDeleted: "",
    version: 1,
    ...fields,
  };
}
