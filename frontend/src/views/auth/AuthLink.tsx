import { type AuthScreen, goToAuth } from "../../store/route";
import { email } from "../../store/session";

export function AuthLink({ to, children }: { to: AuthScreen; children: string }) {
  return (
    <a
      href={`#${to}`}
      onClick={(event) => {
        event.preventDefault();
        // Nobody types it twice.
        email.value = document.querySelector<HTMLInputElement>(".welcome input[name=email]")?.value.trim() ?? "";
        goToAuth(to);
      }}
    >
      {children}
    </a>
  );
}
