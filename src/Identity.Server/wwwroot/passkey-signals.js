// Tells the password manager the person's current name and, where the page knows them all, which passkeys are accepted (WebAuthn 3, section 5.1.10).
// A browser without these methods does nothing, and an answer is never waited for: the page does not depend on it.
for (const { dataset } of document.querySelectorAll("script[data-passkey-signals]")) {
  const { rpId, userId, name, displayName, allAcceptedCredentialIds } = JSON.parse(dataset.passkeySignals);
  const ignore = () => {};
  window.PublicKeyCredential?.signalCurrentUserDetails?.({ rpId, userId, name, displayName }).catch(ignore);
  if (allAcceptedCredentialIds) {
    window.PublicKeyCredential?.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds }).catch(ignore);
  }
}
