/**
 * What the service has called the to-dos that began in this tab. Its history still has the ids that they had before, and
 * so has the address of a page that is loaded while they are being named.
 */
const KEY = "names";

let names = read();

function read(): Readonly<Record<string, string>> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

function keep(next: typeof names): void {
  names = next;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Full or forbidden: this page knows them all the same.
  }
}

export function rememberName(local: string, todoID: string): void {
  keep({ ...names, [local]: todoID });
}

export function nameOf(todoID: string): string {
  return names[todoID] ?? todoID;
}

export function forgetNames(): void {
  keep({});
}
