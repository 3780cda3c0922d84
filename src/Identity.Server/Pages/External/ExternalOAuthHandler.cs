using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Identity.Server.Pages.External.Providers;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.External;

/// <summary>ASP.NET Core's OAuth 2.0 handler for providers without ID tokens: the person is read from the provider's
/// API. It logs nothing itself, because its messages repeat what providers write about people;
/// <see cref="ExternalReturn"/> logs the reason of a failure.</summary>
internal sealed class ExternalOAuthHandler(
    IOptionsMonitor<OAuthOptions> options,
    IOptionsMonitor<ExternalProviderOptions> providers,
    ExternalProviders names,
    UrlEncoder encoder
) : OAuthHandler<OAuthOptions>(options, NullLoggerFactory.Instance, encoder)
{
    private ExternalProviderOptions Provider => providers.Get(names.FindByScheme(Scheme.Name)!.Name);

    /// <inheritdoc />
    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri)
    {
        var target = base.BuildChallengeUrl(properties, redirectUri);
        return Provider.Traits.Reauthentication is var (name, _) && properties.GetParameter<string>(name) is { } value
            ? QueryHelpers.AddQueryString(target, name, value)
            : target;
    }

    /// <inheritdoc />
    protected override async Task<HandleRequestResult> HandleRemoteAuthenticateAsync()
    {
        try
        {
            return await base.HandleRemoteAuthenticateAsync();
        }
        catch (Exception failed)
            when (failed is HttpRequestException or IOException or JsonException or TaskCanceledException
                && !Context.RequestAborted.IsCancellationRequested
            )
        {
            // With the state, which the handler has checked before it calls anybody, the person returns to where they
            // came from.
            return HandleRequestResult.Fail(
                new AuthenticationFailureException("The call failed.", failed),
                Options.StateDataFormat.Unprotect(Request.Query["state"])
            );
        }
    }

    /// <inheritdoc />
    protected override async Task<AuthenticationTicket> CreateTicketAsync(
        ClaimsIdentity identity,
        AuthenticationProperties properties,
        OAuthTokenResponse tokens
    )
    {
        var person = await new OAuthPersonReader(Provider, Backchannel).ReadAsync(
            tokens.AccessToken!,
            Context.RequestAborted
        );
        person.Keep(properties);
        return new(new ClaimsPrincipal(identity), properties, Scheme.Name);
    }
}

/// <summary>The events of <see cref="ExternalOAuthHandler"/>.</summary>
internal sealed class ExternalOAuthEvents(ExternalReturn back) : OAuthEvents
{
    /// <inheritdoc />
    public override Task TicketReceived(TicketReceivedContext context) => back.ReceiveAsync(context);

    /// <inheritdoc />
    public override Task AccessDenied(AccessDeniedContext context) => ExternalReturn.DeclinedAsync(context);

    /// <inheritdoc />
    public override Task RemoteFailure(RemoteFailureContext context) => back.FailedAsync(context);
}
