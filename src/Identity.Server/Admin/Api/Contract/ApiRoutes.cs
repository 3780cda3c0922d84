using Identity.Core.Administration;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>On an endpoint: the action that it offers.</summary>
internal sealed record ApiAction(AdminAction Action);

/// <summary>Maps actions to where <see cref="AdminActions"/> says that they are offered.</summary>
internal sealed class ApiRoutes(IEndpointRouteBuilder app)
{
    private static readonly int[] Problems =
    [
        StatusCodes.Status400BadRequest,
        StatusCodes.Status401Unauthorized,
        StatusCodes.Status403Forbidden,
        StatusCodes.Status429TooManyRequests,
    ];

    /// <summary>Maps an action.</summary>
    /// <param name="summary">What it does, in a few words.</param>
    public RouteHandlerBuilder Map(AdminAction action, string summary, Delegate handler) =>
        Map(action, action.Api.Offer!, action.Name, summary, handler);

    /// <summary>Maps a further way to read what an action reads.</summary>
    /// <param name="offer">Method and path.</param>
    /// <param name="name">The name of the operation.</param>
    public RouteHandlerBuilder Map(AdminAction action, string offer, string name, string summary, Delegate handler)
    {
        if (offer.Split(' ') is not [var method, var path])
            throw new ArgumentException($"'{offer}' is not a method and a path.", nameof(offer));
        var route = app.MapMethods(path, [method], handler)
            .WithMetadata(new ApiAction(action))
            .WithName(
                string.Concat(
                    name.Split('.', '_', '-').Select(static word => char.ToUpperInvariant(word[0]) + word[1..])
                )
            )
            .WithSummary(summary)
            .WithTags(path.Split('/')[3]);
        foreach (var status in Problems.Concat(path.Contains('{', StringComparison.Ordinal) ? [404] : []))
            route.Produces<ApiProblem>(status, ApiProblem.MediaType);
        return route;
    }
}

/// <summary>What the OpenAPI document says of an endpoint.</summary>
internal static class ApiRouteDescriptions
{
    /// <summary>It answers with this.</summary>
    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder route) =>
        route.Produces<T>(StatusCodes.Status200OK, "application/json");

    /// <summary>It makes something, once for each idempotency key.</summary>
    public static RouteHandlerBuilder Makes<T>(this RouteHandlerBuilder route)
    {
        route.AddEndpointFilter<IdempotencyFilter>().WithMetadata(new ApiIdempotent());
        foreach (var status in new[] { StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity })
            route.Produces<ApiProblem>(status, ApiProblem.MediaType);
        return route.Produces<T>(StatusCodes.Status201Created, "application/json");
    }

    /// <summary>It answers with nothing.</summary>
    public static RouteHandlerBuilder GivesNothing(this RouteHandlerBuilder route) =>
        route.Produces(StatusCodes.Status204NoContent);

    /// <summary>It takes this.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route)
        where T : notnull => route.Accepts<T>("application/json");

    /// <summary>It demands the version that was read.</summary>
    /// <param name="creates">Whether <c>If-None-Match: *</c> does, for what does not exist yet.</param>
    public static RouteHandlerBuilder NeedsVersion(this RouteHandlerBuilder route, bool creates = false) =>
        Versioned(route, new(Required: !creates, creates))
            .Produces<ApiProblem>(StatusCodes.Status428PreconditionRequired, ApiProblem.MediaType);

    /// <summary>It looks at the version that was read, where one is sent.</summary>
    public static RouteHandlerBuilder TakesVersion(this RouteHandlerBuilder route) =>
        Versioned(route, new(Required: false, Creates: false));

    private static RouteHandlerBuilder Versioned(RouteHandlerBuilder route, ApiVersioned versioned) =>
        route
            .WithMetadata(versioned)
            .Produces<ApiProblem>(StatusCodes.Status412PreconditionFailed, ApiProblem.MediaType);
}

/// <summary>On an endpoint that looks at <c>If-Match</c>.</summary>
/// <param name="Creates">Whether it takes <c>If-None-Match: *</c> instead.</param>
internal sealed record ApiVersioned(bool Required, bool Creates);

/// <summary>On an endpoint that looks at <c>Idempotency-Key</c>.</summary>
internal sealed record ApiIdempotent;
