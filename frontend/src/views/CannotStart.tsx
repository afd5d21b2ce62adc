export function CannotStart() {
  return (
    <main class="cannot-start">
      <h1>The to-do list could not be opened</h1>
      <p>There seems to be no connection. Check it, then try again.</p>
      <button type="button" class="button primary" onClick={() => location.reload()}>
        Try again
      </button>
    </main>
  );
}
