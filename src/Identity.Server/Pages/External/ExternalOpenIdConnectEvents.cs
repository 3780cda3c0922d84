using Identity.Server.Pages.External.Providers;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Identity.Server.Pages.External;

/// <summary>The events of the handler for providers with OpenID Connect, the peculiarities of some included.</summary>
internal sealed class ExternalOpenIdConnectEvents(
    ExternalReturn back,
    ExternalProviders providers,
    AppleClientSecrets apple,
    ProtectedCookies cookies
) : OpenIdConnectEvents
{
    private const string Declined = "access_denied";

    // What the handler reads from an answer with a code (RFC 6749 section 4.1.2, RFC 9207); tokens are never forwarded.
    private static readonly string[] Forwarded =
    [
        OpenIdConnectParameterNames.Code,
        OpenIdConnectParameterNames.State,
        OpenIdConnectParameterNames.Iss,
        OpenIdConnectParameterNames.Error,
    ];

    /// <inheritdoc />
    public override Task RedirectToIdentityProvider(RedirectContext context)
    {
        context.ProtocolMessage.LoginHint = context.Properties.GetParameter<string>(
            OpenIdConnectParameterNames.LoginHint
        );
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task MessageReceived(MessageReceivedContext context)
    {
        // LinkedIn's and Apple's names for what RFC 6749 section 4.1.2.1 calls access_denied.
        if (context.ProtocolMessage.Error is "user_cancelled_login" or "user_cancelled_authorize")
            context.ProtocolMessage.Error = Declined;
        if (HttpMethods.IsPost(context.Request.Method))
            TurnIntoGet(context);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task AuthorizationCodeReceived(AuthorizationCodeReceivedContext context)
    {
        if (providers.FindByScheme(context.Scheme.Name) is { Type: ExternalProviderType.Apple } provider)
            context.TokenEndpointRequest!.ClientSecret = apple.Current(provider.Name);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task TokenValidated(TokenValidatedContext context)
    {
        // Only the ID token identifies the person; claims from userinfo are for display and sign-up.
        OpenIdConnectPerson.OfIdToken(TypeOf(context.Scheme), context.Principal!).Keep(context.Properties!);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task UserInformationReceived(UserInformationReceivedContext context)
    {
        ExternalPerson
            .Read(context.Properties!)
            .WithUserInfo(TypeOf(context.Scheme), context.User.RootElement)
            .Keep(context.Properties!);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task TicketReceived(TicketReceivedContext context) => back.ReceiveAsync(context);

    /// <inheritdoc />
    public override Task AccessDenied(AccessDeniedContext context) => ExternalReturn.DeclinedAsync(context);

    /// <inheritdoc />
    public override Task RemoteFailure(RemoteFailureContext context) => back.FailedAsync(context);

    // A POST from another site comes without Lax cookies, those of the journey and the session included (RFC 6265bis
    // section 5.6.7.1). A redirect to the same address by GET brings them, so that no cookie has to be SameSite=None.
    private void TurnIntoGet(MessageReceivedContext context)
    {
        // The handler has taken the state out of its message.
        var form = context.Request.Form;
        QueryBuilder query = [];
        foreach (var name in Forwarded)
        {
            if (form[name].ToString() is { Length: > 0 } value)
                query.Add(name, value);
        }
        if (TypeOf(context.Scheme) == ExternalProviderType.Apple)
            AppleName.Keep(context.HttpContext, cookies, form[OpenIdConnectParameterNames.State], form["user"]);
        context.HandleResponse();
        ExternalReturn.GoTo(context.HttpContext, context.Options.CallbackPath + query.ToQueryString());
    }

    private ExternalProviderType TypeOf(AuthenticationScheme scheme) => providers.FindByScheme(scheme.Name)!.Type;
}
