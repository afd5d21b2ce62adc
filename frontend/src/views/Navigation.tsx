import { useEffect } from "preact/hooks";
import { type ListView, view } from "../store/route";
import { identity } from "../store/session";
import { isHelpOpen } from "./Help";
import { Brand, Icon, type IconName } from "./icons";
import { Link } from "./Link";

const LISTS: [ListView, string, IconName][] = [
  ["all", "All", "list"],
  ["today", "Today", "sun"],
  ["open", "Open", "circle"],
  ["completed", "Completed", "done"],
  ["trash", "Trash", "trash"],
];

export const TITLES: Record<ListView, string> = {
  all: "All to-dos",
  today: "Today",
  open: "Open",
  completed: "Completed",
  trash: "Trash",
};

export function Navigation({ isCovered }: { isCovered: boolean }) {
  const current = view.value;
  useEffect(() => {
    // On a phone the lists are a strip that is wider than the screen.
    const link = document.querySelector<HTMLElement>(".lists [aria-current]");
    if (link?.parentElement) link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetWidth / 2;
  }, [current]);
  return (
    <header class="side" inert={isCovered}>
      <Link view="all" class="brand">
        <Brand />
        <span>To-dos</span>
      </Link>
      <nav class="lists" aria-label="Lists">
        {LISTS.map(([name, label, icon]) => (
          <Link key={name} view={name} class="nav-link" aria-current={current === name ? "page" : undefined}>
            <Icon name={icon} />
            <span>{label}</span>
          </Link>
        ))}
      </nav>
      <div class="side-end">
        <button
          type="button"
          class="nav-link shortcuts-button"
          aria-label="Keyboard shortcuts"
          onClick={() => {
            isHelpOpen.value = true;
          }}
        >
          <Icon name="keyboard" />
          <span>Shortcuts</span>
        </button>
        <Link
          view="account"
          class="nav-link account-link"
          aria-current={current === "account" ? "page" : undefined}
          aria-label={`Account of ${identity.value?.email ?? ""}`}
        >
          <Icon name="user" />
          <span class="account-name">{identity.value?.email}</span>
        </Link>
      </div>
    </header>
  );
}
