using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Samples.Api.Dpop;

/// <summary>How an API accepts bound tokens.</summary>
/// <param name="Address">The address under which clients call this API.</param>
/// <param name="BoundOnly">Whether unbound tokens are refused.</param>
/// <param name="ResourceMetadata">Where this API describes itself (RFC 9728); named in every challenge.</param>
public sealed record DpopResource(Uri Address, bool BoundOnly, Uri ResourceMetadata)
{
    /// <summary>The address as clients name it: without a slash at its end.</summary>
    public string Name => Address.GetLeftPart(UriPartial.Path).TrimEnd('/');
}

/// <summary>Teaches JwtBearer the scheme DPoP (RFC 9449 section 7).</summary>
public static class DpopJwtBearer
{
    private const string Scheme = "DPoP";
    private const string ProblemItem = "dpop_problem";

    /// <summary>Adds the services that <see cref="AcceptDpop"/> needs.</summary>
    public static IServiceCollection AddDpop(this IServiceCollection services, DpopResource resource, bool requireNonce)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(resource);
        services.AddSingleton<SeenProofs>();
        services.AddSingleton(provider => new DpopNonces(requireNonce, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DpopProofValidator>();
        return services;
    }

    /// <summary>Accepts tokens from <c>Authorization: DPoP</c>, requires the proof of every bound one, and refuses a
    /// bound one that is sent as a bearer token.</summary>
    public static void AcceptDpop(this JwtBearerOptions options) =>
        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                context.Token = TokenOf(context.Request);
                return Task.CompletedTask;
            },
            OnTokenValidated = async context =>
            {
                if (await FindProblemAsync(context) is not { } problem)
                    return;
                context.HttpContext.Items[ProblemItem] = problem;
                context.Fail(problem.Description);
            },
            OnChallenge = context =>
            {
                context.HandleResponse();
                Challenge(
                    context.HttpContext,
                    context.AuthenticateFailure is null
                        ? null
                        : context.HttpContext.Items[ProblemItem] as DpopProblem
                            ?? new("invalid_token", "The access token is not good here, or not any more.")
                );
                return Task.CompletedTask;
            },
            OnForbidden = context =>
            {
                context.Response.Headers.WWWAuthenticate =
                    $"""{SchemeOf(context.Request)} error="insufficient_scope", {Metadata(context.HttpContext)}""";
                return Task.CompletedTask;
            },
        };

    /// <summary>The scheme of this request, for further challenges with the same scheme.</summary>
    public static string SchemeOf(HttpRequest request) => TokenOf(request) is null ? "Bearer" : Scheme;

    /// <summary>The parameter of a challenge that names the metadata (RFC 9728 section 5.1).</summary>
    public static string Metadata(HttpContext http) =>
        "resource_metadata=\""
        + http.RequestServices.GetRequiredService<DpopResource>().ResourceMetadata.AbsoluteUri
        + "\"";

    private static async Task<DpopProblem?> FindProblemAsync(TokenValidatedContext context)
    {
        var (http, services) = (context.HttpContext, context.HttpContext.RequestServices);
        var resource = services.GetRequiredService<DpopResource>();
        var (presented, thumbprint) = (TokenOf(http.Request), Thumbprint((JsonWebToken)context.SecurityToken));
        if (thumbprint is null)
        {
            return presented is not null ? DpopProblem.Token("The access token is bound to no key.")
                : resource.BoundOnly ? DpopProblem.Token("This API takes access tokens only that are bound to a key.")
                : null;
        }
        if (presented is null)
            return DpopProblem.Token("The access token is bound to a key: send it with a proof.");
        var uri = new Uri(resource.Address, (http.Request.PathBase + http.Request.Path).ToUriComponent());
        return await services
            .GetRequiredService<DpopProofValidator>()
            .FindProblemAsync(http.Request.Headers[Scheme], http.Request.Method, uri, presented, thumbprint);
    }

    // RFC 9449 section 7.1, and both schemes for a request without a token.
    private static void Challenge(HttpContext http, DpopProblem? problem)
    {
        var services = http.RequestServices;
        var (nonces, resource) = (
            services.GetRequiredService<DpopNonces>(),
            services.GetRequiredService<DpopResource>()
        );
        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        var error = problem is null ? "" : $"""error="{problem.Error}", error_description="{problem.Description}", """;
        var bound =
            problem?.Error is "invalid_dpop_proof" or "use_dpop_nonce"
            || http.Items.ContainsKey(ProblemItem)
            || SchemeOf(http.Request) == Scheme;
        if (bound || problem is null || resource.BoundOnly)
            http.Response.Headers.Append(
                "WWW-Authenticate",
                $"""{Scheme} {error}algs="{string.Join(' ', DpopProofValidator.Algorithms)}", {Metadata(http)}"""
            );
        if (!bound && !resource.BoundOnly)
            http.Response.Headers.Append("WWW-Authenticate", $"Bearer {error}{Metadata(http)}");
        if (nonces.Required)
            http.Response.Headers["DPoP-Nonce"] = nonces.Current;
    }

    private static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header]
        && header.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase)
            ? header[(Scheme.Length + 1)..].Trim()
            : null;

    private static string? Thumbprint(JsonWebToken token) =>
        token.TryGetPayloadValue<JsonElement>("cnf", out var confirmation)
        && confirmation.ValueKind == JsonValueKind.Object
        && confirmation.TryGetProperty("jkt", out var thumbprint)
            ? thumbprint.GetString()
            : null;
}
