// Passkeys: asks the server for the options of a ceremony, the browser for an answer, and sends it in the page's form, so that what follows is a page like any other.
// Where the browser knows no passkeys the forms stay away, and the page says so, as it does without script; everything else works without.
const known = window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential.parseCreationOptionsFromJSON;
const usedKey = "passkey-used";
let waiting;

const begin = async (form) => {
  const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
  if (answer.type === "opaqueredirect") {
    // The proof of a moment ago is too old by now, or the session is over: the page itself leads on.
    location.reload();
    return new Promise(() => {});
  }
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

const ask = async (form, mediation) => {
  waiting?.abort();
  const mine = waiting = new AbortController();
  const options = await begin(form);
  if (mine.signal.aborted) throw new DOMException("", "AbortError");
  const credential = form.dataset.passkey === "create"
    ? await navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options), signal: mine.signal,
        ...(mediation === "conditional" && { mediation }),
      })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options), mediation, signal: mine.signal });
  form.elements.credential.value = JSON.stringify(credential);
  sessionStorage.setItem(usedKey, credential.id);
  form.submit();
};

const offer = async (form) => {
  if (!form.dataset.conditional || !await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  try {
    await ask(form, "conditional");
  } catch {
    // Nobody asked for anything: there is the button, and the password.
  }
};

// After a sign-in with a password, the password manager may create a passkey without asking. Whatever prevents it, there is the button.
const createSilently = async (form) => {
  try {
    if ((await PublicKeyCredential.getClientCapabilities?.())?.conditionalCreate) await ask(form, "conditional");
  } catch {
    // Nobody asked for anything.
  }
};

// The provider has no account for the passkey that was just used: the password manager need not offer it again.
const unknown = document.querySelector("[data-passkey-unknown]")?.dataset.passkeyUnknown;
const used = sessionStorage.getItem(usedKey);
sessionStorage.removeItem(usedKey);
if (unknown && used) window.PublicKeyCredential?.signalUnknownCredential?.({ rpId: unknown, credentialId: used }).catch(() => {});

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!known) continue;
  if (form.dataset.silent) {
    createSilently(form);
    continue;
  }
  form.hidden = false;
  const status = form.querySelector("[role=status]");
  const button = form.querySelector("button");
  button.addEventListener("click", async () => {
    status.textContent = "";
    button.disabled = true;
    try {
      await ask(form, "optional");
    } catch (failure) {
      button.disabled = false;
      status.textContent = failure.name === "InvalidStateError" ? status.dataset.known : status.dataset.failed;
      offer(form);
    }
  });
  offer(form);
  if (form.dataset.conditional) {
    // A challenge lives for five minutes, and another tab may have taken this browser's: so it is asked for anew.
    setInterval(() => { if (!button.disabled && document.visibilityState === "visible") offer(form); }, 240_000);
    document.addEventListener("visibilitychange", () => { if (!button.disabled && document.visibilityState === "visible") offer(form); });
  }
}
for (const note of document.querySelectorAll("[data-passkey-missing]")) note.hidden = Boolean(known);
