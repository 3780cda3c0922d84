using Identity.Server.Browser;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Denials;

/// <summary>
/// Every refusal passes here, ours and the engine's: the log gets the rule with what was expected and what came, under the trace id that the person sees. The
/// engine's link to its own documentation is taken out of the answer.
/// </summary>
internal sealed class LogDenial(ILogger<LogDenial> logger) : IOpenIddictServerHandler<ProcessErrorContext>
{
    private const int LongestValue = 500;

    public ValueTask HandleAsync(ProcessErrorContext context)
    {
        ProtocolMetrics.CountRefused(context.EndpointType, context.Error);
        // That a token is not active, or that a person has not decided yet, is an answer and the ordinary one.
        var level = ProtocolMetrics.IsOrdinary(context.EndpointType, context.Error) ? LogLevel.Debug : LogLevel.Warning;
        if (logger.IsEnabled(level))
            Write(context, level);
        context.ErrorUri = null;
        return ValueTask.CompletedTask;
    }

    private void Write(ProcessErrorContext context, LogLevel level)
    {
        var denial = context.Transaction.FindDenial();
        // The engine's rules have no name of their own but the number at the end of their link.
        var rule = denial is not null && denial.Error == context.Error ? denial.Rule : "engine:" + context.ErrorUri?.Split('/')[^1];
        var trace = TraceOf(context);
        var (clientId, expected, received) = (Cut(context.Transaction.Request?.ClientId), Cut(denial?.Expected), Cut(denial?.Received));
        Log.Denied(logger, level, context.EndpointType, rule, context.Error, context.ErrorDescription, clientId, expected, received, trace);
    }

    private static string? TraceOf(ProcessErrorContext context) => context.Transaction.GetHttpRequest()?.HttpContext.GetCorrelationId();

    private static string? Cut(string? text) => text is { Length: > LongestValue } ? text[..LongestValue] + "…" : text;
}
