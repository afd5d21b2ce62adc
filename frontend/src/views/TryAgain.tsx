import { useRef } from "preact/hooks";
import { DETAILS_ID, MAIN_ID, useFocusAfter } from "./focus";

/** Goes as soon as it has been pressed; the keyboard stays in the part of the page where it was. */
export function TryAgain({ onClick }: { onClick: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useFocusAfter(button, () => {
    const part = button.current?.closest(`#${DETAILS_ID}, #${MAIN_ID}`);
    return () => part;
  });
  return (
    <button ref={button} type="button" class="button text" onClick={onClick}>
      Try again
    </button>
  );
}
