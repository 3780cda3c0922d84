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

/// <summary>
/// What a sender without credentials may make the database keep (docs/strangers-writes.md): by its address, by its
/// address and the client together, and by the client from everywhere. A confidential client has proved who it is by
/// then and is not counted.
/// </summary>
internal sealed class StrangerLimits(WriteLimiter limiter)
{
    /// <summary>For one client from one address: a browser or a device that tries again, or an office that starts its
    /// day.</summary>
    internal static readonly WriteLimit PerClientAndAddress = new(60, TimeSpan.FromSeconds(1));

    /// <summary>From one address, whatever clients it names.</summary>
    internal static readonly WriteLimit PerAddress = new(120, TimeSpan.FromSeconds(0.5));

    /// <summary>For one client from everywhere.</summary>
    internal static readonly WriteLimit PerClient = new(3_000, TimeSpan.FromSeconds(0.02));

    /// <summary>Refuses the request with 429 and the time to wait (RFC 9126 section 2.3), where it is one too many.
    /// False when it may go on.</summary>
    public bool Refuse(BaseValidatingContext context, string kind, Client client)
    {
        if (client.IsConfidential)
            return false;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var address = http.ReadRequestContext().IpAddress;
        var wait =
            limiter.TryTake(kind, address, client.Id, PerClientAndAddress)
            ?? limiter.TryTake(kind + "_address", address, null, PerAddress)
            ?? limiter.TryTake(kind + "_client", null, client.Id, PerClient);
        if (wait is not { } pause)
            return false;
        Refuse(context, kind, pause);
        return true;
    }

    /// <summary>The same for what an object that anybody can send again makes the database keep, whoever signed
    /// it.</summary>
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
        // The engine chooses the status by the error, and knows none for this.
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
