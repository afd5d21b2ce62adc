import { useEffect, useRef } from "preact/hooks";
import { loadNextPage, refresh } from "../store/account";
import type { List } from "../store/lists";
import type { ListView } from "../store/route";
import { Icon, type IconName } from "./icons";
import { TryAgain } from "./TryAgain";

const EMPTY: Record<ListView, [IconName, string, string]> = {
  all: ["list", "Nothing to do yet", "Write your first to-do above and press Enter."],
  today: ["sun", "Nothing due today", "Enjoy the day, or look at all your to-dos."],
  open: ["done", "Everything is done", "Time for a break."],
  completed: ["done", "Nothing completed yet", "What you tick off is kept here."],
  trash: ["trash", "The trash is empty", "Deleted to-dos can be restored from here."],
};

/** How far ahead of the end the next page is asked for, so that nobody waits for it. */
const AHEAD = "1200px";

export function EmptyList({ list }: { list: List }) {
  const [icon, title, text] = list.search
    ? (["search", "Nothing found", `No title in this list contains “${list.search}”.`] as const)
    : EMPTY[list.view];
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}

export function LoadingList() {
  return (
    <div class="loading-list" aria-hidden="true">
      {[62, 48, 70, 40, 55].map((width) => (
        <div key={width} class={`loading-row width-${width}`} />
      ))}
    </div>
  );
}

/** Asks for the next page when it comes near; says what is going on at the end of the list. */
interface Props {
  list: List;
  isEmpty: boolean;
  /** Of the end among the rows. */
  position: number;
  canGoOn: boolean;
  onNear: () => void;
}

export function ListEnd({ list, isEmpty, position, canGoOn, onNear }: Props) {
  const end = useRef<HTMLDivElement>(null);
  const near = useRef(onNear);
  near.current = onNear;
  useEffect(() => {
    if (!canGoOn || !end.current) return;
    // Made anew after each page: an observer speaks only of changes, and a short page may leave the end in view.
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) near.current();
      },
      { rootMargin: AHEAD },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [canGoOn, position, list.cursor]);
  return (
    <div class="list-end" ref={end} role="status">
      {list.isLoading && <span class={isEmpty ? "" : "visually-hidden"}>Loading …</span>}
      {list.error && !list.isLoading && (
        <p>
          {list.hasContent ? "The list may not be up to date. " : ""}
          {list.error} <TryAgain onClick={() => (list.hasContent && list.cursor ? loadNextPage() : void refresh())} />
        </p>
      )}
    </div>
  );
}
