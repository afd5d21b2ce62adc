/** The service worker: the website's own files from the device, everything else from the network. */
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetch extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
const worker = self as unknown as {
  location: Location;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(name: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(name: "fetch", listener: (event: Fetch) => void): void;
};

/** Filled in by vite.config.ts. */
const FILES = "__FILES__" as unknown as string[];
const CACHE = "website";
const PAGE = "/";
const CONFIG = "/config.json";
/** Milliseconds. */
const MOST_WAIT = 2000;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([PAGE, CONFIG, "/icon.svg", ...FILES]))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(removeOldFiles().then(() => worker.clients.claim()));
});

async function removeOldFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/assets/") && !FILES.includes(pathname)) await cache.delete(request);
  }
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    // A file that is looked at by its address is no page of the website's.
    if (!isFile(url.pathname)) event.respondWith(networkFirst(event, PAGE));
  } else if (url.pathname === CONFIG) event.respondWith(networkFirst(event, CONFIG));
  // Hashed names never change their content.
  else if (FILES.includes(url.pathname)) event.respondWith(cacheFirst(request));
});

/** As deploy/local/website.py and CloudFront tell them apart. */
function isFile(path: string): boolean {
  return path.slice(path.lastIndexOf("/")).includes(".");
}

/** The newest where it comes soon; what is kept where it does not, or is not what was asked for. */
async function networkFirst(event: Fetch, name: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const asked = ask(event.request, name, cache);
  // What comes too late is for the next start.
  event.waitUntil(asked.catch(() => undefined));
  const kept = await cache.match(name);
  if (!kept) return asked;
  const newest = asked.then(
    (answer) => (isRight(answer, name) || answer.type === "opaqueredirect" ? answer : kept),
    () => kept,
  );
  return Promise.race([newest, patience().then(() => kept)]);
}

async function ask(request: Request, name: string, cache: Cache): Promise<Response> {
  const timer = setTimeout(() => {
    isSlow = true;
  }, MOST_WAIT);
  const answer = await fetch(request).finally(() => {
    clearTimeout(timer);
    isSlow = false;
  });
  if (isRight(answer, name)) await cache.put(name, answer.clone());
  return answer;
}

/** A network that wants a sign-in of its own answers everything with its page. */
function isRight(answer: Response, name: string): boolean {
  const kind = name === PAGE ? "text/html" : "application/json";
  return answer.ok && !answer.redirected && (answer.headers.get("Content-Type") ?? "").startsWith(kind);
}

/** Whoever has waited for the page need not wait for the configuration too. */
let isSlow = false;

async function patience(): Promise<void> {
  if (!isSlow) await new Promise((resolve) => setTimeout(resolve, MOST_WAIT));
}

async function cacheFirst(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
