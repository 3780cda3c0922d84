using Identity.Core.Clients;
using Identity.Core.Denials;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Denials;

/// <summary>
/// Every refusal passes here, ours and the engine's: the log gets the rule with what was expected and what came, under
/// the trace id that the person sees, by which <c>identity explain</c> finds it for some days. The engine's link to its
/// own documentation is taken out of the answer.
/// </summary>
internal sealed class LogDenial(
    ClientRegistry registry,
    DenialRecorder recorder,
    TimeProvider time,
    ILogger<LogDenial> logger
) : IOpenIddictServerHandler<ProcessErrorContext>
{
    public ValueTask HandleAsync(ProcessErrorContext context)
    {
        ProtocolMetrics.CountRefused(context.EndpointType, context.Error);
        // That a token is not active, or that a person has not decided yet, is an answer and the ordinary one.
        var level = ProtocolMetrics.IsOrdinary(context.EndpointType, context.Error) ? LogLevel.Debug : LogLevel.Warning;
        Write(context, level);
        context.ErrorUri = null;
        return ValueTask.CompletedTask;
    }

    private void Write(ProcessErrorContext context, LogLevel level)
    {
        var denial = context.Transaction.FindDenial();
        // The engine's rules have no name of their own but the number at the end of their link.
        var rule =
            denial is not null && denial.Error == context.Error
                ? denial.Rule
                : "engine:" + context.ErrorUri?.Split('/')[^1];
        var (endpoint, trace, request) = (
            context.EndpointType.ToString(),
            TraceOf(context),
            context.Transaction.Request
        );
        DeniedRequest denied = new(
            trace ?? "",
            time.GetUtcNow(),
            endpoint,
            rule,
            context.Error,
            context.ErrorDescription,
            request?.ClientId,
            denial?.Expected,
            denial?.Received
        );
        if (RegisteredBeside(context.EndpointType, request) is { } registered)
            denied = denied with
            {
                Rule = nameof(RedirectUri),
                Expected = registered,
                Received = request!.RedirectUri,
                Difference = DifferenceOf(registered, request.RedirectUri!),
            };
        if (logger.IsEnabled(level))
        {
            // Not the address that came: its path may hold anything, and a log goes further than the row that an
            // operator looks up (LG-1).
            var shown = (denied with { Expected = denial?.Expected, Received = denial?.Received }).Redacted();
            Log.Denied(
                logger,
                level,
                context.EndpointType,
                shown.Rule,
                shown.Error,
                shown.Description,
                shown.ClientId,
                shown.Expected,
                shown.Received,
                trace
            );
        }
        // What is only noted at Debug is no refusal that anybody asks about.
        if (trace is not null && level >= LogLevel.Warning)
            recorder.Offer(denied);
    }

    // The registered address that a request to authorize came near to; null when its own is registered, or there is
    // nothing to compare.
    private string? RegisteredBeside(OpenIddictServerEndpointType endpoint, OpenIddictRequest? request) =>
        endpoint is OpenIddictServerEndpointType.Authorization or OpenIddictServerEndpointType.PushedAuthorization
        && request?.RedirectUri is { Length: > 0 } received
        && registry.Find(request.ClientId) is { } client
        && !client.AllowsRedirectUri(received)
            ? RedirectUriDifference.Nearest(received, client.RedirectUris)
            : null;

    private static string DifferenceOf(string registered, string received) =>
        RedirectUriDifference.Mark(DeniedRequest.Redact(registered)!, DeniedRequest.Redact(received)!);

    private static string? TraceOf(ProcessErrorContext context) =>
        context.Transaction.GetHttpRequest()?.HttpContext.GetCorrelationId();
}
