using System.Security.Cryptography;
using System.Text;
using Identity.Server.Browser;

namespace Identity.Server.Protocol.Logout.SessionManagement;

/// <summary> The page behind <c>check_session_iframe</c> (Session Management 1.0 section 3.2). Its script is the same
/// for everybody, so the content security policy allows it by its digest; it answers <c>postMessage</c> with
/// <c>unchanged</c>, <c>changed</c> or <c>error</c> and makes no request.
/// </summary>
internal static class CheckSessionFrame
{
    /// <summary>The script. The browser has a state for each session, and one of them must fit. It computes the digest
    /// as <see cref="SessionState.Compute"/> does, with Web Crypto, which needs a secure origin (loopback is
    /// one).</summary>
    internal static string Script { get; } =
        $$"""
            (function () {
              "use strict";
              function browserStates() {
                return document.cookie.split("; ").filter(function (part) {
                  return part.indexOf("{{StateCookie.Name}}=") === 0 || part.indexOf("{{StateCookie.Name}}-") === 0;
                }).map(function (part) { return part.substring(part.indexOf("=") + 1); });
              }
              function hex(buffer) {
                return Array.prototype.map.call(new Uint8Array(buffer),
                    function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
              }
              window.addEventListener("message", function (event) {
                if (event.source === window || !event.source) return;
                function answer(text) { event.source.postMessage(text, event.origin); }
                if (typeof event.data !== "string" || event.data.length > 2048) return;
                var space = event.data.lastIndexOf(" "), client = event.data.substring(0, space),
                    state = event.data.substring(space + 1);
                var dot = state.lastIndexOf(".");
                if (space < 1 || dot < 1 || event.origin === "null") return answer("error");
                Promise.all(browserStates().map(function (one) {
                  var text = client + " " + event.origin + " " + one + " " + state.substring(dot + 1);
                  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)).then(hex);
                })).then(
                  function (all) { answer(all.indexOf(state.substring(0, dot)) < 0 ? "changed" : "unchanged"); },
                  function () { answer("error"); });
              });
            })();
            """;

    /// <summary>The page.</summary>
    public static string Html { get; } =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>check "
        + $"session</title></head><body><script>{Script}</script></body></html>";

    /// <summary>The page's own policy: any site may frame it, which is its purpose; nothing else is allowed.</summary>
    public static string ContentSecurityPolicy { get; } =
        "default-src 'none'; script-src "
        + $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script)))}'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors *";
}
