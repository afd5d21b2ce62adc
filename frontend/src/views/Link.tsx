import type { ComponentChildren } from "preact";
import { go, pathTo, type View } from "../store/route";

interface Props {
  view: View;
  todoID?: string | null;
  onFollow?: (event: MouseEvent) => void;
  class: string;
  "aria-current"?: "page" | "true" | undefined;
  "aria-label"?: string;
  children: ComponentChildren;
}

/** A real link, so that it opens in a new tab too, followed without loading the page again. */
export function Link({ view, todoID = null, onFollow, children, ...others }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    if (onFollow) onFollow(event);
    else go(view, todoID);
  };
  return (
    <a {...others} href={pathTo(view, todoID)} onClick={follow}>
      {children}
    </a>
  );
}
