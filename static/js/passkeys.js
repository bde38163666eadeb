// Shows buttons of passkeys where there can be passkeys, and says on the page what went wrong with one;
// allauth's script would say it in the console only.
if (window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) button.hidden = false;
}

document.addEventListener("allauth.error", event => {
  event.preventDefault();
  const line = document.getElementById("passkey-problem");
  const name = event.detail.exception?.name;
  line.textContent = name === "InvalidStateError"
    ? "This key is in your account already."
    : name === "NotAllowedError" || name === "AbortError"
      ? "No passkey was used: it was cancelled, or this device has none for attrx."
      : "The passkey could not be used here: try again, or use another way.";
  line.hidden = false;
});
