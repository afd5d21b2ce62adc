import { useEffect, useRef } from "preact/hooks";
import { online } from "../store/network";
import { operations } from "../store/outbox";
import { openTodoID, view } from "../store/route";
import { Account } from "./Account";
import { Details } from "./Details";
import { keepFocusInPage, MAIN_ID } from "./focus";
import { Help } from "./Help";
import { Icon } from "./icons";
import { ListScreen } from "./ListScreen";
import { isNarrow } from "./media";
import { Navigation, TITLES } from "./Navigation";

export function Home() {
  const hasDetails = openTodoID.value !== null;
  // On a phone the details cover everything else, which must then be out of reach for keyboard and screen reader too.
  const isCovered = hasDetails && isNarrow.value;
  const title = view.value === "account" ? "Account" : TITLES[view.value];
  const drawn = useRef(title);
  useEffect(() => {
    document.title = `${title} – To-dos`;
    // Not at the start, when the keyboard has been nowhere yet.
    if (drawn.current !== title) keepFocusInPage();
    drawn.current = title;
  }, [title]);
  return (
    <div class={hasDetails ? "home has-details" : "home"}>
      <a class="skip-link" href={`#${MAIN_ID}`}>
        Skip to the list
      </a>
      <Navigation isCovered={isCovered} />
      <main id={MAIN_ID} class="main" tabIndex={-1} inert={isCovered}>
        <Connection />
        {view.value === "account" ? <Account /> : <ListScreen />}
      </main>
      {openTodoID.value !== null && <Details todoID={openTodoID.value} />}
      <Help />
    </div>
  );
}

function Connection() {
  if (online.value) return null;
  const waiting = operations.value.length;
  const what = waiting === 1 ? "One change waits" : `${waiting} changes wait`;
  return (
    <p class="connection" role="status">
      <Icon name="cloudOff" />
      <span>You are offline. {waiting > 0 ? `${what} to be sent.` : "You can go on; changes are sent later."}</span>
    </p>
  );
}
