/** Where the keyboard is after something has appeared or gone. */
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export const DETAILS_ID = "details";
export const TITLE_ID = "details-title";
export const MAIN_ID = "main";

/** The title when the keyboard asked, so that one can type at once; a pointer's next target is its own business. */
export function focusDetails({ byKeyboard }: { byKeyboard: boolean }): void {
  afterDrawing(() => {
    // Whoever was quicker, and is writing in it already, must not be interrupted.
    if (document.getElementById(DETAILS_ID)?.contains(document.activeElement)) return;
    document.getElementById(byKeyboard ? TITLE_ID : DETAILS_ID)?.focus({ preventScroll: true });
  });
}

/** The details of `todoID` are about to close. Its row may go with them: then the next one, as in `keepFocusNear`. */
export function focusRowAfter(todoID: string): void {
  const all = rows();
  const position = all.findIndex((row) => row.dataset.todo === todoID);
  const next = position < 0 ? undefined : (all[position + 1] ?? all[position - 1])?.dataset.todo;
  afterDrawing(() => {
    if (!isFocusLost()) return;
    const row = rowOf(todoID) ?? (next === undefined ? undefined : rowOf(next));
    (linkOf(row) ?? document.getElementById(MAIN_ID))?.focus();
  });
}

function rowOf(todoID: string): HTMLElement | undefined {
  return rows().find((row) => row.dataset.todo === todoID);
}

/** The row of `element` is about to move or go: the keyboard stays where it was, at the next one. */
export function keepFocusNear(element: HTMLElement): void {
  const all = rows();
  const row = element.closest<HTMLElement>("[data-todo]");
  const position = row ? all.indexOf(row) : -1;
  if (position < 0) return;
  const next = all[position + 1] ?? all[position - 1];
  afterDrawing(() => {
    if (isFocusLost()) (linkOf(next) ?? document.getElementById(MAIN_ID))?.focus();
  });
}

/** When `part` of the page goes with the focus in it. `choose` is called before, what it answers after. */
export function useFocusAfter(
  part: RefObject<HTMLElement | null>,
  choose: () => () => Element | null | undefined,
): void {
  const latest = useRef(choose);
  latest.current = choose;
  // A layout effect's end comes while the part is still in the page.
  useLayoutEffect(
    () => () => {
      if (!part.current?.contains(document.activeElement)) return;
      const chosen = latest.current();
      afterDrawing(() => {
        if (isFocusLost()) (chosen() as HTMLElement | null | undefined)?.focus({ preventScroll: true });
      });
    },
    [part],
  );
}

/** What lies over the list where it does, else the list. */
export function partInView(): HTMLElement | null {
  const main = document.getElementById(MAIN_ID);
  return main?.inert ? document.getElementById(DETAILS_ID) : main;
}

/** Another list is shown: its rows are others. */
export function keepFocusInPage(): void {
  afterDrawing(() => {
    if (isFocusLost()) partInView()?.focus({ preventScroll: true });
  });
}

function isFocusLost(): boolean {
  return !document.activeElement || document.activeElement === document.body;
}

/** Up and down from row to row; false where there is none. */
export function moveFocus(step: 1 | -1): boolean {
  const all = rows();
  const current = document.activeElement?.closest<HTMLElement>("[data-todo]");
  const position = current ? all.indexOf(current) : step === 1 ? -1 : 0;
  const target = linkOf(all[position + step]);
  target?.focus();
  return target !== null;
}

export function focusedTodoID(): string | null {
  return document.activeElement?.closest<HTMLElement>("[data-todo]")?.dataset.todo ?? null;
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(".rows [data-todo]")];
}

function linkOf(row: HTMLElement | undefined): HTMLElement | null {
  return row?.querySelector<HTMLElement>(".row-link, button") ?? null;
}

function afterDrawing(work: () => void): void {
  requestAnimationFrame(() => setTimeout(work));
}
