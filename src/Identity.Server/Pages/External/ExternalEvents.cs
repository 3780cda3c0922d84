using Identity.Core.Credentials;
using Identity.Core.External;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace Identity.Server.Pages.External;

/// <summary> Handles the return from another provider. The handler has already checked state, nonce, PKCE and the ID
/// token. A linked subject signs in, as with a first factor; any other person has to prove an account here, even if an
/// address matches.
/// </summary>
internal sealed class ExternalEvents(
    ExternalProviders providers,
    ExternalLoginStore logins,
    SignInDispatcher dispatcher,
    ProtectedCookies cookies,
    ILogger<ExternalEvents> logger
) : OpenIdConnectEvents
{
    /// <summary>RFC 8176 has no value for federated sign-in; this one names it and does not claim anything
    /// stronger.</summary>
    private static readonly string[] Amr = ["external"];

    // OIDC Core section 2: a subject has at most 255 characters. Longer texts are refused.
    private const int MaxSubject = 255;
    private const int MaxIssuer = 500;

    private static readonly string[] ShownClaims = ["email", "name"];

    private const string IssuerItem = "identity.issuer";
    private const string SubjectItem = "identity.subject";
    private const string ReturnItem = "identity.return";
    private const string LinkItem = "identity.link";

    /// <summary>The state of a sign-in at another provider, encrypted in <c>state</c>.</summary>
    /// <param name="linkTo">The signed-in person who wants to link the account; null to sign in.</param>
    public static AuthenticationProperties Journey(string? returnUrl, Guid? linkTo) =>
        new(
            new Dictionary<string, string?>
            {
                // Null values come back as empty texts.
                [ReturnItem] = returnUrl,
                [LinkItem] = linkTo is { } person ? new SubjectId(person).ToString() : null,
            }
        );

    /// <inheritdoc />
    public override Task TokenValidated(TokenValidatedContext context)
    {
        // Only the ID token identifies the person; claims from userinfo are for display.
        context.Properties!.Items[IssuerItem] = context.SecurityToken.Issuer;
        context.Properties.Items[SubjectItem] = context.SecurityToken.Subject;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task TicketReceived(TicketReceivedContext context)
    {
        context.HandleResponse();
        var (http, items) = (context.HttpContext, context.Properties!.Items);
        if (
            providers.FindByScheme(context.Scheme.Name) is not { } provider
            || items[IssuerItem] is not { Length: > 0 and <= MaxIssuer } issuer
            || items[SubjectItem] is not { Length: > 0 and <= MaxSubject } subject
            || !UntrustedText.IsLine(issuer)
            || !UntrustedText.IsLine(subject)
        )
        {
            Log.ExternalSignInFailed(logger, context.Scheme.Name, "the ID token has no issuer or subject of 1 line");
            GoTo(http, ExternalFailedModel.Address("failed", null));
            return;
        }
        var shown = ShownClaims
            .Select(claim => context.Principal?.FindFirst(claim)?.Value)
            .FirstOrDefault(UntrustedText.IsLine);
        ExternalIdentity identity = new(provider.Name, issuer, subject, shown, LocalUrl.OrNull(items[ReturnItem]));
        var owner = await logins.FindAsync(identity.Provider, identity.Issuer, identity.Subject, http.RequestAborted);
        GoTo(
            http,
            items.TryGetValue(LinkItem, out var person) && person is { Length: > 0 }
                ? await LinkAsync(http, identity, owner, person)
                : await SignInAsync(http, identity, owner)
        );
    }

    /// <inheritdoc />
    public override Task AccessDenied(AccessDeniedContext context)
    {
        context.HandleResponse();
        GoTo(context.HttpContext, ExternalFailedModel.Address("declined", ReturnUrlOf(context.Properties)));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task RemoteFailure(RemoteFailureContext context)
    {
        context.HandleResponse();
        Log.ExternalSignInFailed(logger, context.Scheme.Name, ExternalFailure.WordsOf(context.Failure));
        GoTo(context.HttpContext, ExternalFailedModel.Address("failed", ReturnUrlOf(context.Properties)));
        return Task.CompletedTask;
    }

    private async Task<string> SignInAsync(HttpContext http, ExternalIdentity identity, CredentialProof? owner)
    {
        if (owner is not { } proof)
        {
            identity.Keep(http, cookies);
            return ExternalLinkModel.Address;
        }
        ExternalIdentity.Forget(http);
        return await dispatcher.NextAsync(http, proof, Amr, identity.ReturnUrl) switch
        {
            SignInNext.GoTo next => next.LocalUrl,
            SignInNext.TooManySessions => ExternalFailedModel.Address("sessions", identity.ReturnUrl),
            _ => ExternalFailedModel.Address("failed", identity.ReturnUrl),
        };
    }

    // Another person may use this browser meanwhile; then nothing is linked.
    private async Task<string> LinkAsync(
        HttpContext http,
        ExternalIdentity identity,
        CredentialProof? owner,
        string person
    )
    {
        if (
            await http.GetActiveSessionAsync() is not { } session
            || !SubjectId.TryParse(person, out var asked)
            || session.UserId != asked.Value
        )
            return ExternalFailedModel.Address("failed", null);
        if (owner is not null)
            return owner.UserId == session.UserId
                ? ExternalLinkModel.Account
                : ExternalFailedModel.Address("taken", ExternalLinkModel.Account);
        identity.Keep(http, cookies);
        return ExternalLinkModel.Address;
    }

    private static string? ReturnUrlOf(AuthenticationProperties? properties) =>
        properties is not null && properties.Items.TryGetValue(ReturnItem, out var url) ? LocalUrl.OrNull(url) : null;

    private static void GoTo(HttpContext http, string localUrl)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = localUrl;
    }
}
