/** The service worker, with a cache and a network that behave as told. */
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";

type Listener = (event: { request: Request; respondWith(answer: Promise<Response>): void; waitUntil(): void }) => void;
const listeners: Record<string, Listener> = {};
const kept = new Map<string, Response>();
const network = vi.fn<() => Promise<Response>>();

vi.stubGlobal("self", {
  location: new URL("https://todos.test/sw.js"),
  addEventListener: (name: string, listener: Listener) => {
    listeners[name] = listener;
  },
});
vi.stubGlobal("caches", {
  open: async () => ({
    match: async (name: string) => kept.get(name)?.clone(),
    put: async (name: string, answer: Response) => void kept.set(name, answer),
  }),
});
vi.stubGlobal("fetch", network);
// No module, as TypeScript sees it.
await import("../src/sw" as string);

const answer = (body: string, type: string, status = 200) =>
  new Response(body, { status, headers: { "Content-Type": type } });

/** What the page gets; undefined where the service worker leaves the call to the browser. */
function ask(path: string, mode: string): Promise<string> | undefined {
  let answered: Promise<Response> | undefined;
  // Node's Request refuses to navigate.
  const request = { url: `https://todos.test${path}`, method: "GET", mode } as Request;
  listeners.fetch?.({
    request,
    respondWith: (given) => {
      answered = given;
    },
    waitUntil: () => undefined,
  });
  return answered?.then((given) => given.text());
}

beforeEach(() => {
  vi.useFakeTimers();
  kept.clear();
  kept.set("/", answer("kept page", "text/html"));
  kept.set("/config.json", answer("{}", "application/json"));
});
afterAll(() => {
  vi.useRealTimers();
});

describe("what is kept for the next start", () => {
  test("is the page of any address of the website", async () => {
    network.mockImplementation(async () => answer("new page", "text/html; charset=utf-8"));
    expect(await ask("/today?todo=1.2", "navigate")).toBe("new page");
    expect(await kept.get("/")?.text()).toBe("new page");
  });

  test("is never a file that somebody looks at", async () => {
    network.mockImplementation(async () => answer("<svg/>", "image/svg+xml"));
    expect(ask("/icon.svg", "navigate")).toBeUndefined();
    await ask("/today", "navigate");
    expect(await kept.get("/")?.text()).toBe("kept page");
  });

  test("is no sign-in page of a network's in place of the configuration", async () => {
    network.mockImplementation(async () => answer("Welcome to our hotel", "text/html"));
    expect(await ask("/config.json", "cors")).toBe("{}");
    expect(await kept.get("/config.json")?.text()).toBe("{}");
  });
});

describe("the start", () => {
  test.each([
    ["without a network", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["with a broken server", async () => answer("oops", "text/html", 503)],
  ])("is from the device %s", async (_, behaviour) => {
    network.mockImplementation(behaviour);
    expect(await ask("/", "navigate")).toBe("kept page");
  });

  test("waits two seconds for a network that hangs, once", async () => {
    network.mockImplementation(() => new Promise(() => undefined));
    let page = "";
    void ask("/", "navigate")?.then((text) => {
      page = text;
    });
    await vi.advanceTimersByTimeAsync(1900);
    expect(page).toBe("");
    await vi.advanceTimersByTimeAsync(200);
    expect(page).toBe("kept page");
    expect(await ask("/config.json", "cors")).toBe("{}");
  });
});
