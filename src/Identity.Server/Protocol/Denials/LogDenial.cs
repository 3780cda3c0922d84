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

/// <summary> Logs every refusal, of own rules and of the engine: the rule with the expected and received values, under
/// the trace id that the person sees, by which <c>identity explain</c> finds it for some days. It removes the engine's
/// link to its documentation from the answer.
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
        // An inactive token, or a person who has not decided yet, is an ordinary answer.
        var level = ProtocolMetrics.IsOrdinary(context.EndpointType, context.Error) ? LogLevel.Debug : LogLevel.Warning;
        Write(context, level);
        context.ErrorUri = null;
        return ValueTask.CompletedTask;
    }

    private void Write(ProcessErrorContext context, LogLevel level)
    {
        var denial = context.Transaction.FindDenial();
        // The engine's rules have no name except the number at the end of their link.
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
            // Without the received address: its path may contain anything, and a log is read more widely than the row
            // that an operator looks up (LG-1).
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
        // Answers logged at Debug are not refusals that anyone looks up.
        if (trace is not null && level >= LogLevel.Warning)
            recorder.Offer(denied);
    }

    // The registered address closest to that of an authorization request; null if its own is registered or there is
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
