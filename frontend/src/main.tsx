import { render } from "preact";
import { auth } from "./auth";
import { loadConfig } from "./config";
import { watchAccount } from "./store/account";
import { watchMidnight } from "./store/dates";
import { reopenToday } from "./store/lists";
import { watchAddress } from "./store/route";
import { watchSearch } from "./store/search";
import { startSession } from "./store/session";
import { App } from "./views/App";
import { CannotStart } from "./views/CannotStart";
import { watchClosing } from "./views/closing";
import { guardDrops } from "./views/drops";
import { watchKeyboard } from "./views/keyboard";
import { registerServiceWorker } from "./worker";

const root = document.getElementById("app") as HTMLElement;

try {
  await loadConfig();
  watchAddress();
  watchMidnight(reopenToday);
  watchSearch();
  startSession();
  watchAccount();
  watchKeyboard();
  watchClosing();
  guardDrops();
  render(<App />, root);
  // Needed by the first form or the first call; by then it should be here.
  void auth().catch(() => undefined);
  registerServiceWorker();
} catch {
  render(<CannotStart />, root);
}
