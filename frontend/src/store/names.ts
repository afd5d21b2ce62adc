/**
 * What the service has called the to-dos that it has named while this tab was open. Its history still has the ids that
 * they had before, and so has the address of a page that is loaded while they are being named.
 */
const KEY = "names";

const names = read();

// A map, in which an address of ?todo=constructor finds nothing.
function read(): Map<string, string> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));
  } catch {
    return new Map();
  }
}

function keep(): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...names]));
  } catch {
    // Full or forbidden: this page knows them all the same.
  }
}

export function rememberName(local: string, todoID: string): void {
  names.set(local, todoID);
  keep();
}

export function nameOf(todoID: string): string {
  return names.get(todoID) ?? todoID;
}

export function forgetNames(): void {
  names.clear();
  keep();
}
