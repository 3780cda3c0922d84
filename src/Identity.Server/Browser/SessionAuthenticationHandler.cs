using System.Security.Claims;
using System.Text.Encodings.Web;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Identity.Server.Browser;

/// <summary> Reads the session cookie and checks in the database, on every request, whether the session is still live
/// (SE-5). The cookie is a bare token, so ending a session takes effect at once on every instance, also where sessions
/// are cached (docs/decisions/0035).
/// </summary>
internal sealed class SessionAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    SessionStore sessions
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!OpaqueToken.TryParse(Request.Cookies[BrowserSession.CookieName], out var token))
            return AuthenticateResult.NoResult();
        if (await sessions.ValidateAsync(token.Digest, Context.RequestAborted) is not { } session)
            return AuthenticateResult.NoResult();

        Context.Features.Set(session);
        var identity = new ClaimsIdentity(
            [new("sub", new SubjectId(session.UserId).ToString()), new("sid", session.Id.ToString("D"))],
            BrowserSession.Scheme,
            "sub",
            null
        );
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    /// <summary>To the sign-in page and back. After a posted form, the person returns to the form's page.</summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var back = HttpMethods.IsGet(Request.Method) ? Request.Path + Request.QueryString.Value : Request.Path.Value!;
        Response.StatusCode = StatusCodes.Status303SeeOther;
        Response.Headers.Location = "/sign-in?returnUrl=" + Uri.EscapeDataString(back);
        return Task.CompletedTask;
    }
}
