using System.Text;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Primitives;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>
/// <c>Idempotency-Key</c> on what makes something: a client that got no answer sends the same request with the same key
/// and gets the answer of the first. An answer may hold a new secret, so it is kept encrypted.
/// </summary>
internal sealed class IdempotencyFilter(IdempotencyKeys keys, IDataProtectionProvider protection) : IEndpointFilter
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";
    private const int MaxKey = 100;

    private readonly IDataProtector _protector = protection.CreateProtector("administration-api-answers");

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.Request.Headers[Header] is not { Count: > 0 } header)
            return await next(context);
        if (header is not [{ Length: > 0 and <= MaxKey } key] || !UntrustedText.IsLine(key))
            return ApiProblem.Of(
                StatusCodes.Status400BadRequest,
                "idempotency_key",
                $"An idempotency key has 1 to {MaxKey} characters."
            );
        if (await ApiBody.ReadBytesAsync(http) is not { } body)
            return ApiProblem.Of(StatusCodes.Status413PayloadTooLarge, "too_large", "The body has at most 64 KB.");
        byte[] request = [.. Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path.Value}\n"), .. body];
        return await keys.ClaimAsync(http.Caller(), key, request, http.RequestAborted) switch
        {
            IdempotentRequest.First first => await ActAsync(first, context, next),
            IdempotentRequest.Done done => Replay(http, done),
            IdempotentRequest.Mismatch => ApiProblem.Of(
                StatusCodes.Status422UnprocessableEntity,
                "idempotency_key",
                "This key came with another request before."
            ),
            _ => ApiProblem.Of(
                StatusCodes.Status409Conflict,
                "under_way",
                "The request with this key is under way. Send it again in a moment."
            ),
        };
    }

    private async Task<object?> ActAsync(
        IdempotentRequest.First first,
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        // Whatever became of an exception is not known: the key stays claimed until its lease is over.
        var result = await next(context);
        // A client that has hung up by now asks again, and must then find what was done.
        if (result is ApiResult made)
            await keys.CompleteAsync(first.Key, Protect(made), CancellationToken.None);
        else
            await keys.ReleaseAsync(first.Key, CancellationToken.None);
        return result;
    }

    private byte[] Protect(ApiResult made) =>
        _protector.Protect(
            JsonSerializer.SerializeToUtf8Bytes(new Kept(made.Status, made.ETag, made.Location, made.Bytes))
        );

    private ApiResult Replay(HttpContext http, IdempotentRequest.Done done)
    {
        var kept = JsonSerializer.Deserialize<Kept>(_protector.Unprotect(done.Answer))!;
        http.Response.Headers[ReplayedHeader] = "true";
        return new(kept.Status, kept.Bytes) { ETag = kept.ETag, Location = kept.Location };
    }

    private sealed record Kept(int Status, string? ETag, string? Location, byte[] Bytes);
}
