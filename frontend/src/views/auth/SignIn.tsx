import { goToAuth } from "../../store/route";
import { email, signIn } from "../../store/session";
import { Field, Form, PasswordField } from "../Form";
import { AuthLink } from "./AuthLink";

export function SignIn() {
  return (
    <>
      <Form
        label="Sign in"
        action="Sign in"
        onSubmit={async ({ email: address = "", password = "" }) => {
          if ((await signIn(address.trim(), password)) === "confirm") goToAuth("confirm");
        }}
      >
        <Field
          name="email"
          label="E-mail address"
          type="email"
          value={email.peek()}
          autocomplete="username"
          autoFocus
        />
        <PasswordField name="password" label="Password" />
      </Form>
      <p class="form-links">
        <AuthLink to="forgot">Forgotten your password?</AuthLink>
        <AuthLink to="register">Create an account</AuthLink>
      </p>
    </>
  );
}
