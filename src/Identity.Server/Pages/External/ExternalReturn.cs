using Identity.Core.Credentials;
using Identity.Core.External;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Pages.External.Providers;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Authentication;

namespace Identity.Server.Pages.External;

/// <summary> Handles the return from another provider, whatever its protocol. The handler has already checked state,
/// PKCE and the tokens. A linked subject signs in, as with a first factor; any other person has to prove an account
/// here, even if an address matches, or creates one.
/// </summary>
internal sealed class ExternalReturn(
    ExternalProviders providers,
    ExternalLoginStore logins,
    SignInDispatcher dispatcher,
    ProtectedCookies cookies,
    ILogger<ExternalReturn> logger
)
{
    /// <summary>RFC 8176 has no value for federated sign-in; this one names it and does not claim anything
    /// stronger.</summary>
    private static readonly string[] Amr = ["external"];

    // OIDC Core section 2: a subject has at most 255 characters. Longer texts are refused.
    private const int MaxSubject = 255;
    private const int MaxIssuer = 500;

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

    /// <summary>The provider has authenticated a person.</summary>
    public async Task ReceiveAsync(TicketReceivedContext context)
    {
        context.HandleResponse();
        var (http, properties) = (context.HttpContext, context.Properties!);
        if (
            providers.FindByScheme(context.Scheme.Name) is not { } provider
            || IdentityOf(http, provider, properties) is not { } identity
        )
        {
            Log.ExternalSignInFailed(logger, context.Scheme.Name, "the answer has no issuer or subject of 1 line");
            GoTo(http, ExternalFailedModel.Address("failed", null));
            return;
        }
        var owner = await logins.FindAsync(identity.Provider, identity.Issuer, identity.Subject, http.RequestAborted);
        GoTo(
            http,
            properties.Items.TryGetValue(LinkItem, out var person) && person is { Length: > 0 }
                ? await LinkAsync(http, identity, owner, person)
                : await AnswerAsync(http, identity, owner)
        );
    }

    /// <summary>The person declined at the provider.</summary>
    public static Task DeclinedAsync(AccessDeniedContext context)
    {
        context.HandleResponse();
        GoTo(context.HttpContext, ExternalFailedModel.Address("declined", ReturnUrlOf(context.Properties)));
        return Task.CompletedTask;
    }

    /// <summary>The answer or a call to the provider failed.</summary>
    public Task FailedAsync(RemoteFailureContext context)
    {
        context.HandleResponse();
        Log.ExternalSignInFailed(logger, context.Scheme.Name, ExternalFailure.WordsOf(context.Failure));
        var reason = ExternalFailure.IsOutage(context.Failure) ? "unreachable" : "failed";
        GoTo(context.HttpContext, ExternalFailedModel.Address(reason, ReturnUrlOf(context.Properties)));
        return Task.CompletedTask;
    }

    /// <summary>Signs the person in, and returns where they go next.</summary>
    public async Task<string> SignInAsync(HttpContext http, CredentialProof proof, string? returnUrl)
    {
        ExternalIdentity.Forget(http);
        return await dispatcher.NextAsync(http, proof, Amr, returnUrl) switch
        {
            SignInNext.GoTo next => next.LocalUrl,
            SignInNext.TooManySessions => ExternalFailedModel.Address("sessions", returnUrl),
            _ => ExternalFailedModel.Address("failed", returnUrl),
        };
    }

    /// <summary>Sends the browser to an address by GET.</summary>
    public static void GoTo(HttpContext http, string localUrl)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = localUrl;
    }

    private ExternalIdentity? IdentityOf(
        HttpContext http,
        ExternalProvider provider,
        AuthenticationProperties properties
    )
    {
        var person = ExternalPerson.Read(properties);
        if (
            person.Issuer is not { Length: <= MaxIssuer }
            || person.Subject is not { Length: <= MaxSubject }
            || !UntrustedText.IsLine(person.Issuer)
            || !UntrustedText.IsLine(person.Subject)
        )
            return null;
        var name =
            provider.Type == ExternalProviderType.Apple
                ? AppleName.Take(http, cookies, http.Request.Query["state"])
                : null;
        return ExternalIdentity.Of(provider.Name, person with { Name = person.Name ?? name }) with
        {
            ReturnUrl = ReturnUrlOf(properties),
        };
    }

    private async Task<string> AnswerAsync(HttpContext http, ExternalIdentity identity, CredentialProof? owner)
    {
        if (owner is { } proof)
            return await SignInAsync(http, proof, identity.ReturnUrl);
        identity.Keep(http, cookies);
        return ExternalLinkModel.Address;
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
}
