/** What must outlive the page: the outbox and the last list. Falls back to memory where the browser has no IndexedDB. */

const NAME = "todos";
export type Table = "outbox" | "lists";

let opening: Promise<IDBDatabase | null> | undefined;
const memory: Record<Table, Map<string, unknown>> = { outbox: new Map(), lists: new Map() };

function open(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    // Private windows of some browsers have no IndexedDB, or refuse it when called.
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("outbox");
        request.result.createObjectStore("lists");
      };
      request.onsuccess = () => {
        // The browser may close it at any time, another tab may ask for that: the next call opens it again.
        request.result.onclose = forgetConnection;
        request.result.onversionchange = () => {
          request.result.close();
          forgetConnection();
        };
        resolve(request.result);
      };
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opening;
}

function forgetConnection(): void {
  opening = undefined;
}

/** Null where nothing came of it; never an error, because the list must work without a disk. */
async function run<T>(table: Table, mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>) {
  for (let attempt = 1; attempt <= 2; attempt++) {
    const database = await open();
    if (!database) return null;
    try {
      return await transact(database, table, mode, ask);
    } catch {
      // Closed without a word.
      forgetConnection();
    }
  }
  return null;
}

function transact<T>(
  database: IDBDatabase,
  table: Table,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<{ value: T } | null> {
  return new Promise((resolve) => {
    const transaction = database.transaction(table, mode);
    const request = ask(transaction.objectStore(table));
    transaction.oncomplete = () => resolve({ value: request.result });
    // A full disk must not stop the list from working.
    transaction.onabort = () => resolve(null);
  });
}

/** False where it is only in memory: no IndexedDB, no room, or a page that is being closed, which aborts what it began. */
export async function put(table: Table, key: string, value: unknown): Promise<boolean> {
  const isOnDisk = (await run(table, "readwrite", (store) => store.put(value, key))) !== null;
  if (isOnDisk) memory[table].delete(key);
  else memory[table].set(key, value);
  return isOnDisk;
}

export async function remove(table: Table, key: string): Promise<void> {
  memory[table].delete(key);
  await run(table, "readwrite", (store) => store.delete(key));
}

export async function get<T>(table: Table, key: string): Promise<T | undefined> {
  const found = await run(table, "readonly", (store) => store.get(key));
  return (memory[table].get(key) ?? found?.value) as T | undefined;
}

/** True only if that is certain: a disk that cannot be read says nothing. */
export async function isGone(table: Table, key: string): Promise<boolean> {
  if (memory[table].has(key)) return false;
  const found = await run(table, "readonly", (store) => store.getKey(key));
  return found ? found.value === undefined : (await open()) === null;
}

/** All values whose key starts with `prefix`, in the order of their keys. */
export async function all<T>(table: Table, prefix: string): Promise<T[]> {
  const range = () => IDBKeyRange.bound(prefix, `${prefix}\uffff`);
  const found = await run(table, "readonly", (store) => store.getAll(range()));
  const kept = [...memory[table]].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  return [...((found?.value ?? []) as T[]), ...kept.map(([, value]) => value as T)];
}

export async function removeAll(table: Table, prefix: string): Promise<void> {
  for (const key of memory[table].keys()) if (key.startsWith(prefix)) memory[table].delete(key);
  await run(table, "readwrite", (store) => store.delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
}
