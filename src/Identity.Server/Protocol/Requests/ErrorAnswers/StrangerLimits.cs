using System.Globalization;
using Identity.Core.Clients;
using Identity.Core.Throttling;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Requests.ErrorAnswers;

/// <summary> Limits what a sender without credentials can make the database store (docs/strangers-writes.md): per IP
/// address, per IP address and client, and per client from all addresses. A confidential client has authenticated by
/// then and is not counted.
/// </summary>
internal sealed class StrangerLimits(WriteLimiter limiter)
{
    /// <summary>For one client from one address: retries of a browser or device, or an office in the morning.</summary>
    internal static readonly WriteLimit PerClientAndAddress = new(60, TimeSpan.FromSeconds(1));

    /// <summary>From one address, for all clients.</summary>
    internal static readonly WriteLimit PerAddress = new(120, TimeSpan.FromSeconds(0.5));

    /// <summary>For one client, from all addresses.</summary>
    internal static readonly WriteLimit PerClient = new(3_000, TimeSpan.FromSeconds(0.02));

    /// <summary>Refuses the request with 429 and the time to wait (RFC 9126 section 2.3), if it exceeds a limit. False
    /// if it may continue.</summary>
    public bool Refuse(BaseValidatingContext context, string kind, Client client)
    {
        if (WaitOf(context.Transaction.GetHttpRequest()!.HttpContext, kind, client) is not { } pause)
            return false;
        Refuse(context, kind, pause);
        return true;
    }

    /// <summary>Counts the request. How long its sender must wait if it exceeds a limit; null if it may
    /// continue.</summary>
    public TimeSpan? WaitOf(HttpContext http, string kind, Client client)
    {
        if (client.IsConfidential)
            return null;
        var address = http.ReadRequestContext().IpAddress;
        return limiter.TryTake(kind, address, client.Id, PerClientAndAddress)
            ?? limiter.TryTake(kind + "_address", address, null, PerAddress)
            ?? limiter.TryTake(kind + "_client", null, client.Id, PerClient);
    }

    /// <summary>The same for a signed object that anybody can send again, whoever signed it.</summary>
    public bool RefuseReplays(BaseValidatingContext context, string kind, Client client)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        if (limiter.TryTake(kind, http.ReadRequestContext().IpAddress, client.Id, PerClientAndAddress) is not { } pause)
            return false;
        Refuse(context, kind, pause);
        return true;
    }

    /// <summary>Refuses with 429.</summary>
    public static void Refuse(BaseValidatingContext context, string kind, TimeSpan pause)
    {
        var response = context.Transaction.GetHttpRequest()!.HttpContext.Response;
        var seconds = ((int)Math.Ceiling(pause.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        // The engine derives the status from the error and has none for this.
        response.OnStarting(() =>
        {
            if (response.StatusCode >= StatusCodes.Status400BadRequest)
            {
                response.StatusCode = StatusCodes.Status429TooManyRequests;
                response.Headers.RetryAfter = seconds;
            }
            return Task.CompletedTask;
        });
        context.Deny(
            new(
                nameof(StrangerLimits),
                OpenIddictConstants.Errors.TemporarilyUnavailable,
                "Too many requests came from this address. Try again later.",
                kind,
                $"one more than there may be for {seconds} seconds"
            )
        );
    }
}
