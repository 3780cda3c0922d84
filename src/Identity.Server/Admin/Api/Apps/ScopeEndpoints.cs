using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Apps;

/// <summary>A scope.</summary>
/// <param name="Clients">The apps that may ask for it.</param>
/// <param name="Version">The version, as <c>ETag</c> has it; absent where it cannot be changed here.</param>
internal sealed record ScopeView(
    string Name,
    string? DisplayName,
    string? Description,
    IReadOnlyList<string> Resources,
    IReadOnlyList<string> Claims,
    IReadOnlyList<string> Clients,
    string? Version
)
{
    public static ScopeView Of(ScopeListing listing) =>
        new(
            listing.Scope.Name,
            listing.Scope.DisplayName,
            listing.Scope.Description,
            listing.Scope.Resources,
            listing.Scope.Claims,
            listing.Clients,
            listing.Version
        );
}

/// <summary>Scopes, and the APIs behind them.</summary>
internal static class ScopeEndpoints
{
    private const string Scopes = $"{AdminResource.Path}/scopes/";

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.ScopeList, "List scopes", ListAsync).Gives<IReadOnlyList<ScopeView>>();
        routes
            .Map(AdminActions.ScopeList, $"GET {Scopes}{{name}}", "scope.read", "Read a scope", ReadAsync)
            .Gives<ScopeView>();
        routes
            .Map(AdminActions.ScopeCreate, "Make a scope", CreateAsync)
            .Takes<ScopeDefinition>()
            .Makes<ScopeDefinition>();
        routes
            .Map(AdminActions.ScopeChange, "Replace the definition of a scope", ChangeAsync)
            .Takes<ScopeDefinition>()
            .NeedsVersion()
            .GivesNothing();
        routes.Map(AdminActions.ScopeRemove, "Remove a scope", RemoveAsync).TakesVersion().GivesNothing();
    }

    private static async Task<IResult> ListAsync(HttpContext http, ScopeAdministration scopes) =>
        ApiAnswer.Of(
            http,
            await scopes.ListAsync(http.Caller(), http.RequestAborted),
            static all => ApiAnswer.Ok(all.Select(ScopeView.Of).ToArray())
        );

    private static async Task<IResult> ReadAsync(HttpContext http, ScopeAdministration scopes, string name) =>
        ApiAnswer.Of(
            http,
            await scopes.ListAsync(http.Caller(), http.RequestAborted),
            all =>
                all.FirstOrDefault(one => one.Scope.Name == ApiRequest.Name(name)) is { } found
                    ? ApiAnswer.Ok(ScopeView.Of(found), found.Version is { } version ? ApiRequest.ETag(version) : null)
                    : ApiAnswer.Refuse(http, new AdminOutcome.NotFound())
        );

    private static Task<IResult> CreateAsync(HttpContext http, ScopeAdministration scopes) =>
        http.WithBodyAsync<ScopeDefinition>(async definition =>
        {
            if (definition.Name is not { Length: > 0 } name)
                return ApiAnswer.Refuse(http, new AdminOutcome.Invalid("name", "is required."));
            definition.Name = null;
            var outcome = await scopes.CreateAsync(
                http.Caller(),
                name,
                definition,
                http.ReadRequestContext(),
                http.RequestAborted
            );
            if (outcome is not AdminOutcome.Done)
                return ApiAnswer.Refuse(http, outcome);
            definition.Name = name;
            return ApiAnswer.Created(Scopes + Uri.EscapeDataString(name), definition);
        });

    private static Task<IResult> ChangeAsync(HttpContext http, ScopeAdministration scopes, string name) =>
        http.WithVersionAsync(version =>
            http.WithBodyAsync<ScopeDefinition>(definition =>
                http.ActAsync(
                    (actor, from, cancel) =>
                        scopes.ChangeAsync(actor, ApiRequest.Name(name), definition, version, from, cancel)
                )
            )
        );

    private static Task<IResult> RemoveAsync(HttpContext http, ScopeAdministration scopes, string name) =>
        http.ActAsync(
            (actor, from, cancel) =>
                scopes.RemoveAsync(actor, ApiRequest.Name(name), ApiPrecondition.Text(http), from, cancel)
        );
}
