using System.Globalization;
using System.Text.Json.Nodes;
using Identity.Core.Clients;
using Identity.Core.Throttling;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Registration;

/// <summary> The registration endpoint (RFC 7591 section 3) and the configuration endpoint of each client (RFC 7592
/// section 2). Mapped only if registration is on. It ignores cookies, and no script may read an answer.
/// </summary>
internal sealed class RegistrationEndpoint(
    ClientRegistrations registrations,
    ClientRegistry registry,
    AttemptLimiter limiter,
    Issuer issuer
)
{
    // Legitimate registrations from one address are few; the limit stops guessing of tokens and filling of the
    // database.
    private static readonly AttemptLimit Attempts = new(30, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10));

    private const int MaxBytes = 64 * 1024;
    private const int MaxDescription = 400;

    public static void Map(WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<RegistrationOptions>>().Value.Enabled)
            return;
        var endpoint = app.Services.GetRequiredService<RegistrationEndpoint>();
        app.MapPost(EndpointPaths.Registration, endpoint.RegisterAsync);
        app.MapGet(EndpointPaths.Registration + "/{clientId}", endpoint.ReadAsync);
        app.MapPut(EndpointPaths.Registration + "/{clientId}", endpoint.ChangeAsync);
        app.MapDelete(EndpointPaths.Registration + "/{clientId}", endpoint.RemoveAsync);
    }

    private async Task RegisterAsync(HttpContext http)
    {
        var from = http.ReadRequestContext();
        if (
            await limiter.ReserveAsync(
                limiter.Key("client_registration", from.IpAddress),
                Attempts,
                http.RequestAborted
            )
            is Reservation.Refused refused
        )
        {
            http.Response.Headers.RetryAfter = ((int)Math.Ceiling(refused.RetryAfter.TotalSeconds)).ToString(
                CultureInfo.InvariantCulture
            );
            await ErrorAsync(
                http,
                StatusCodes.Status429TooManyRequests,
                "temporarily_unavailable",
                "Too many registrations from this address."
            );
            return;
        }
        if (await ReadBodyAsync(http) is not { } metadata)
            return;
        await AnswerAsync(
            http,
            StatusCodes.Status201Created,
            await registrations.RegisterAsync(TokenOf(http.Request), metadata, from, http.RequestAborted),
            reload: true
        );
    }

    private async Task ReadAsync(HttpContext http, string clientId) =>
        await AnswerAsync(
            http,
            StatusCodes.Status200OK,
            await registrations.ReadAsync(clientId, TokenOf(http.Request), http.RequestAborted),
            reload: false
        );

    private async Task ChangeAsync(HttpContext http, string clientId)
    {
        if (await ReadBodyAsync(http) is not { } metadata)
            return;
        var outcome = await registrations.ChangeAsync(
            clientId,
            TokenOf(http.Request),
            metadata,
            http.ReadRequestContext(),
            http.RequestAborted
        );
        await AnswerAsync(http, StatusCodes.Status200OK, outcome, reload: true);
    }

    private async Task RemoveAsync(HttpContext http, string clientId)
    {
        if (
            !await registrations.RemoveAsync(
                clientId,
                TokenOf(http.Request),
                http.ReadRequestContext(),
                http.RequestAborted
            )
        )
        {
            await AnswerAsync(
                http,
                StatusCodes.Status204NoContent,
                new RegistrationOutcome.Unauthorized(),
                reload: false
            );
            return;
        }
        await registry.LoadAsync(strict: false, http.RequestAborted);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        http.Response.Headers.CacheControl = "no-store";
    }

    // The database notifies the other instances; this one must know the client before it answers.
    private async Task AnswerAsync(HttpContext http, int status, RegistrationOutcome outcome, bool reload)
    {
        switch (outcome)
        {
            case RegistrationOutcome.Stands stands:
                if (reload)
                    await registry.LoadAsync(strict: false, http.RequestAborted);
                await WriteAsync(
                    http,
                    status,
                    RegistrationResponse.Write(stands, stands.RegistrationToken ?? TokenOf(http.Request)!, issuer)
                );
                break;
            case RegistrationOutcome.Invalid invalid:
                await ErrorAsync(http, StatusCodes.Status400BadRequest, invalid.Error, invalid.Description);
                break;
            default:
                http.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
                await ErrorAsync(
                    http,
                    StatusCodes.Status401Unauthorized,
                    "invalid_token",
                    "The token is missing, wrong, used up, or another client's."
                );
                break;
        }
    }

    // Null if the body was refused and the answer was sent.
    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
        {
            await ErrorAsync(
                http,
                StatusCodes.Status400BadRequest,
                "invalid_client_metadata",
                "The metadata must be sent as application/json."
            );
            return null;
        }
        using MemoryStream body = new();
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0 && body.Length <= MaxBytes)
            body.Write(buffer, 0, read);
        if (body.Length <= MaxBytes)
            return body.ToArray();
        await ErrorAsync(http, StatusCodes.Status400BadRequest, "invalid_client_metadata", "The metadata is too long.");
        return null;
    }

    // RFC 6750 section 2.1. Only in the header: a token in a URL would appear in logs.
    private static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } header
        && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? header["Bearer ".Length..].Trim()
            : null;

    private static Task ErrorAsync(HttpContext http, int status, string error, string description) =>
        WriteAsync(http, status, new JsonObject { ["error"] = error, ["error_description"] = Plain(description) });

    // The characters of RFC 6749 section 5.2: an error names the client's value for the developer who debugs it.
    private static string Plain(string description) =>
        string.Concat(
            description
                .Take(MaxDescription)
                .Select(static c =>
                    c is '"' ? '\''
                    : c is >= ' ' and <= '~' and not '\\' ? c
                    : '?'
                )
        );

    private static Task WriteAsync(HttpContext http, int status, JsonObject json)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json.ToJsonString(), http.RequestAborted);
    }
}
