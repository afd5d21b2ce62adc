/** Which tab this is, and which others are open: what one is writing is not for another to send. */

const KEY = "tab";
const lockOf = (tab: string) => `tab/${tab}`;

/** The same after a reload. */
export const TAB = nameTab();

/** Kept there only from one page of this tab to its next: a copy of the tab begins with a copy of what is stored. */
function nameTab(): string {
  try {
    const name = sessionStorage.getItem(KEY) ?? crypto.randomUUID();
    const forget = () => sessionStorage.removeItem(KEY);
    forget();
    addEventListener("pagehide", () => sessionStorage.setItem(KEY, name));
    addEventListener("pageshow", forget);
    return name;
  } catch {
    return crypto.randomUUID();
  }
}

const locks = () => (typeof navigator === "undefined" ? undefined : navigator.locks);
let isHeld = false;

/** Until the page is gone, however it goes. */
function holdTab(): void {
  if (isHeld) return;
  isHeld = true;
  locks()
    ?.request(lockOf(TAB), () => new Promise(() => undefined))
    .catch(() => undefined);
}

/** A way to ask whether a tab is open; where the browser cannot say, none is. */
export async function askForTabs(): Promise<(tab: string) => boolean> {
  holdTab();
  const state = await locks()
    ?.query()
    .catch(() => undefined);
  const names = new Set([...(state?.held ?? []), ...(state?.pending ?? [])].map(({ name }) => name));
  return (tab) => tab === TAB || names.has(lockOf(tab));
}
