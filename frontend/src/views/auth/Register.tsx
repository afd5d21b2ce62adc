import { goToAuth } from "../../store/route";
import { email, register } from "../../store/session";
import { Field, Form, PasswordField } from "../Form";
import { AuthLink } from "./AuthLink";

export function Register() {
  return (
    <>
      <Form
        label="Create an account"
        action="Create account"
        onSubmit={async ({ email: address = "", password = "" }) => {
          await register(address.trim(), password);
          goToAuth("confirm");
        }}
      >
        <Field
          name="email"
          label="E-mail address"
          type="email"
          value={email.peek()}
          autocomplete="username"
          hint="We send a code to it."
          autoFocus
        />
        <PasswordField name="password" label="Password" isNew />
      </Form>
      <p class="form-links">
        <AuthLink to="sign-in">I have an account</AuthLink>
      </p>
    </>
  );
}
