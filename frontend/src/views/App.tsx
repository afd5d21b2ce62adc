import { session } from "../store/session";
import { Welcome } from "./auth/Welcome";
import { Home } from "./Home";
import { Notices } from "./Notices";

export function App() {
  return (
    <>
      {session.value.state === "in" ? <Home /> : <Welcome />}
      <Notices />
    </>
  );
}
