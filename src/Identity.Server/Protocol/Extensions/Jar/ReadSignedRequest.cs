using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Identity.Server.Protocol.Requests.Parsing;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Jar;

/// <summary> A <c>request</c> at the authorize endpoint: its parameters replace all others (RFC 9101 section 6.3). Like
/// a pushed request, it continues under a stored name, so that it is answered once and its object may expire while the
/// person signs in. One SQL command.
/// </summary>
internal sealed class ReadSignedRequest(
    ClientRegistry registry,
    RequestObjectReader reader,
    PushedRequests pushed,
    StrangerLimits limits
) : IOpenIddictServerHandler<ExtractAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(ExtractAuthorizationRequestContext context)
    {
        // The engine reports a missing or unknown client_id.
        if (
            context.Request is not { Request: { Length: > 0 } text } request
            || registry.Find(request.ClientId) is not { } client
        )
            return;
        var http = context.Transaction.GetHttpRequest()!;
        var read = await reader.ReadAsync(text, client, http.HttpContext.RequestAborted);
        if (read is RequestObjectResult.Invalid invalid)
        {
            context.Deny(SignedRequests.Denial(nameof(ReadSignedRequest), invalid));
            return;
        }

        var parameters = ((RequestObjectResult.Valid)read).Parameters;
        if (limits.RefuseReplays(context, "begun_request", client))
            return;
        var requestUri = await pushed.BeginAsync(client.Id, parameters, http.HttpContext.RequestAborted);
        context.Transaction.ContinueStoredRequest(requestUri, client.Id, parameters, http, wasSignedByValue: true);
        context.Transaction.NoteSigned();
    }
}

/// <summary>A <c>request</c> within a pushed request (RFC 9126 section 3): the same, except that the client
/// authentication parameters are kept.</summary>
internal sealed class ReadPushedSignedRequest(ClientRegistry registry, RequestObjectReader reader)
    : IOpenIddictServerHandler<ExtractPushedAuthorizationRequestContext>
{
    private static readonly string[] Authentication =
    [
        OpenIddictConstants.Parameters.ClientAssertion,
        OpenIddictConstants.Parameters.ClientAssertionType,
        OpenIddictConstants.Parameters.ClientSecret,
    ];

    public async ValueTask HandleAsync(ExtractPushedAuthorizationRequestContext context)
    {
        if (
            context.Request is not { Request: { Length: > 0 } text } request
            || registry.Find(request.ClientId) is not { } client
        )
            return;
        var read = await reader.ReadAsync(
            text,
            client,
            context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted
        );
        if (read is RequestObjectResult.Invalid invalid)
        {
            context.Deny(SignedRequests.Denial(nameof(ReadPushedSignedRequest), invalid));
            return;
        }

        var replaced = RequestParameters.ToRequest(((RequestObjectResult.Valid)read).Parameters);
        foreach (var name in Authentication)
            replaced[name] = request[name];
        // A request_uri in addition is kept, so that it is refused.
        replaced.RequestUri = request.RequestUri;
        context.Request = replaced;
        context.Transaction.NoteSigned();
    }
}

/// <summary>Whether the parameters of a request were signed by the client.</summary>
internal static class SignedRequests
{
    private const string Property = "identity:signed_request";

    public static void NoteSigned(this OpenIddictServerTransaction transaction) =>
        transaction.SetProperty(Property, Property);

    public static bool WasSigned(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<string>(Property) is not null;

    public static Denial Denial(string rule, RequestObjectResult.Invalid invalid) =>
        new(
            rule,
            invalid.Error,
            "The request object is not acceptable.",
            "a request object signed by a key of the client, for this issuer, of now",
            invalid.Reason
        );
}
