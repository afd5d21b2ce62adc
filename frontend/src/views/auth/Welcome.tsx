import type { FunctionComponent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type AuthScreen, authScreen } from "../../store/route";
import { session } from "../../store/session";
import { partInView, useFocusAfter } from "../focus";
import { Brand } from "../icons";
import { Confirm } from "./Confirm";
import { Register } from "./Register";
import { Forgot, Reset } from "./Reset";
import { SignIn } from "./SignIn";

const SCREENS: Record<AuthScreen, [string, FunctionComponent]> = {
  "sign-in": ["Sign in", SignIn],
  register: ["Create an account", Register],
  confirm: ["Confirm your address", Confirm],
  forgot: ["Reset your password", Forgot],
  reset: ["Choose a new password", Reset],
};

const REASONS = {
  "": "",
  ended: "Your session has ended. Sign in again and go on where you were; what you typed is still here.",
  left: "You are signed out.",
  elsewhere: "You have signed out in another tab.",
  deleted: "Your account is deleted. What was in it is being erased.",
};

export function Welcome() {
  const [title, Screen] = SCREENS[authScreen.value];
  const reason = session.value.state === "out" ? REASONS[session.value.reason] : "";
  useEffect(() => {
    document.title = `${title} – To-dos`;
  }, [title]);
  const part = useRef<HTMLElement>(null);
  useFocusAfter(part, () => partInView);
  return (
    <main ref={part} class="welcome">
      <div class="welcome-card">
        <p class="brand">
          <Brand />
          <span>To-dos</span>
        </p>
        <h1>{title}</h1>
        <p class="reason" role="status">
          {authScreen.value === "sign-in" ? reason : ""}
        </p>
        <Screen key={authScreen.value} />
      </div>
    </main>
  );
}
