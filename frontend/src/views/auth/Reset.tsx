import { goToAuth } from "../../store/route";
import { email, requestReset, resetPassword } from "../../store/session";
import { Field, Form, PasswordField } from "../Form";
import { AuthLink } from "./AuthLink";
import { Resend } from "./Resend";

export function Forgot() {
  return (
    <>
      <Form
        label="Reset your password"
        action="Send me a code"
        onSubmit={async ({ email: address = "" }) => {
          await requestReset(address.trim());
          goToAuth("reset");
        }}
      >
        <Field
          name="email"
          label="E-mail address"
          type="email"
          value={email.peek()}
          autocomplete="username"
          hint="If there is an account with it, we send a code."
          autoFocus
        />
      </Form>
      <p class="form-links">
        <AuthLink to="sign-in">Back to sign-in</AuthLink>
      </p>
    </>
  );
}

export function Reset() {
  return (
    <>
      <Form
        label="Choose a new password"
        action="Save and sign in"
        onSubmit={async ({ email: address = "", code = "", password = "" }) => {
          await resetPassword(address.trim(), code.trim(), password);
          goToAuth("sign-in");
        }}
      >
        <Field name="email" label="E-mail address" type="email" value={email.peek()} autocomplete="username" />
        <Field name="code" label="Code from the e-mail" autocomplete="one-time-code" isCode autoFocus />
        <PasswordField name="password" label="New password" isNew />
      </Form>
      <p class="form-links">
        <Resend purpose="reset" />
        <AuthLink to="sign-in">Back to sign-in</AuthLink>
      </p>
    </>
  );
}
