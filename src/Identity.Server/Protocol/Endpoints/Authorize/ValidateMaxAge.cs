using System.Globalization;
using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>max_age is a whole number of seconds (OIDC Core 3.1.2.1). One that cannot be read must not be ignored: the
/// client relies on it.</summary>
internal sealed class ValidateMaxAge : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (Text(context.Request) is { } text && Read(context.Request) is null)
        {
            context.Deny(
                new(
                    nameof(ValidateMaxAge),
                    OpenIddictConstants.Errors.InvalidRequest,
                    "The max_age is not a whole number of seconds.",
                    "0 to 2147483647",
                    $"{text.Length} characters"
                )
            );
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>The parameter; null when there is none.</summary>
    public static TimeSpan? Read(OpenIddictRequest request) =>
        int.TryParse(Text(request), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static string? Text(OpenIddictRequest request) => (string?)request[OpenIddictConstants.Parameters.MaxAge];
}
