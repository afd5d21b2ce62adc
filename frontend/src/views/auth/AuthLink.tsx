import { type AuthScreen, goToAuth } from "../../store/route";

export function AuthLink({ to, children }: { to: AuthScreen; children: string }) {
  return (
    <a
      href={`#${to}`}
      onClick={(event) => {
        event.preventDefault();
        goToAuth(to);
      }}
    >
      {children}
    </a>
  );
}
