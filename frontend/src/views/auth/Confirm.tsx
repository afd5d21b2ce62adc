import { notify } from "../../store/notices";
import { goToAuth } from "../../store/route";
import { confirmAddress, email } from "../../store/session";
import { Field, Form } from "../Form";
import { AuthLink } from "./AuthLink";
import { Resend } from "./Resend";

export function Confirm() {
  return (
    <>
      <p class="lead">Enter the code that we have sent to your e-mail address.</p>
      <Form
        label="Confirm your address"
        action="Confirm"
        onSubmit={async ({ email: address = "", code = "" }) => {
          const result = await confirmAddress(address.trim(), code.trim());
          goToAuth("sign-in");
          if (result === "sign-in") notify("Your address is confirmed. You can sign in now.");
        }}
      >
        <Field name="email" label="E-mail address" type="email" value={email.peek()} autocomplete="username" />
        <Field name="code" label="Code" autocomplete="one-time-code" isCode autoFocus />
      </Form>
      <p class="form-links">
        <Resend purpose="sign-up" />
        <AuthLink to="sign-in">Back to sign-in</AuthLink>
      </p>
    </>
  );
}
