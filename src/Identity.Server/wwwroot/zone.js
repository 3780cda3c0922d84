// Tells the server the time zone of this browser, so that pages show local times. A cookie, so that the next page knows it. Without script, times are in UTC.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const cookie = `__Host-zone=${zone}`;
if (zone && !document.cookie.split("; ").includes(cookie)) {
  document.cookie = `${cookie}; Path=/; Secure; SameSite=Lax; Max-Age=34560000`;
}
