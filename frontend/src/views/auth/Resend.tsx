import { explain } from "../../auth/errors";
import { notify } from "../../store/notices";
import { requestReset, resendCode } from "../../store/session";

/** Asks for the code again, for the address that stands in the form above. */
export function Resend({ purpose }: { purpose: "sign-up" | "reset" }) {
  const resend = async () => {
    const field = document.querySelector<HTMLInputElement>(".welcome input[name=email]");
    if (!field?.reportValidity()) return;
    try {
      await (purpose === "reset" ? requestReset : resendCode)(field.value.trim());
      notify("A new code is on its way.");
    } catch (error) {
      notify(explain(error), { isError: true });
    }
  };
  return (
    <button type="button" class="link" onClick={resend}>
      Send the code again
    </button>
  );
}
