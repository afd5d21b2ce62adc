import { useRef } from "preact/hooks";
import { announcement, dismiss, type Notice, notices, pause, resume } from "../store/notices";
import { partInView, useFocusAfter } from "./focus";
import { Icon } from "./icons";

/** The regions are always there: a screen reader reads only what changes in a region it already knows. */
export function Notices() {
  return (
    <>
      <div class="notices" role="status" aria-live="polite">
        {notices.value.map((notice) => (
          <NoticeBar key={notice.id} notice={notice} />
        ))}
      </div>
      <div class="visually-hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </>
  );
}

function NoticeBar({ notice }: { notice: Notice }) {
  const { id, text, isError, action } = notice;
  const bar = useRef<HTMLDivElement>(null);
  useFocusAfter(bar, () => partInView);
  const act = () => {
    dismiss(id);
    action?.run();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only gives more time to read
    <div
      ref={bar}
      class={isError ? "notice is-error" : "notice"}
      onMouseEnter={() => pause(id)}
      onMouseLeave={() => resume(id)}
      onFocusCapture={() => pause(id)}
      onBlurCapture={() => resume(id)}
    >
      <p>{text}</p>
      <div class="notice-actions">
        {action && (
          <button type="button" class="button text" onClick={act}>
            {action.label}
          </button>
        )}
        <button type="button" class="icon-button" aria-label="Close message" onClick={() => dismiss(id)}>
          <Icon name="close" />
        </button>
      </div>
    </div>
  );
}
