using Duende.IdentityServer.Models;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Endpoints.Authorize.Decision;
using Identity.Server.Protocol.Requests.Authorization;
using Microsoft.Extensions.Primitives;

namespace Identity.DuendeHost.Authorize;

/// <summary> Asks the <see cref="AuthorizationDecider"/> in place of Duende's own interaction: a page, an error, or the
/// code. The code is issued here, because the statement that issues it may still find that consent is needed, and later
/// that could not become a page. Two SQL commands with a session.
/// </summary>
internal sealed class Interaction(
    ClientRegistry registry,
    AuthorizationDecider decider,
    RequestState state,
    IHttpContextAccessor accessor
) : IAuthorizeInteractionResponseGenerator
{
    public async Task<InteractionResponse> ProcessInteractionAsync(
        ValidatedAuthorizeRequest request,
        ConsentResponse? consent = null
    )
    {
        var outcome = await decider.DecideAsync(
            accessor.Current(),
            new(
                new AuthorizationParameters(request.Raw.Pairs()),
                registry.Find(request.ClientId)!,
                state.Url ?? UrlOf(request),
                state.Hint?.Subject
            )
        );
        switch (outcome)
        {
            case AuthorizationOutcome.Refused { Denial: var denial }:
                state.Denial = denial;
                return new() { Error = denial.Error, ErrorDescription = denial.Description };
            case AuthorizationOutcome.Page page:
                return new() { RedirectUrl = page.Location };
            default:
                state.Issued = (AuthorizationOutcome.Issued)outcome;
                return new();
        }
    }

    private static IReadOnlyList<KeyValuePair<string, StringValues>> UrlOf(ValidatedAuthorizeRequest request) =>
        [.. request.Raw.Pairs().Select(static pair => KeyValuePair.Create(pair.Key, new StringValues(pair.Value)))];
}
