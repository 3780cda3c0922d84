using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Profile;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Apps;

/// <summary>A claim, where its value comes from, and where it stands.</summary>
/// <param name="In"><c>id_token</c>, <c>access_token</c>, <c>userinfo</c>.</param>
internal sealed record ClaimMappingView(
    Guid Id,
    string Claim,
    string? Scope,
    string? ClientId,
    string Source,
    string? SourceName,
    JsonElement? Constant,
    IReadOnlyList<string> In,
    long Version
)
{
    public static ClaimMappingView Of(ClaimMapping mapping) =>
        new(
            mapping.Id,
            mapping.Claim,
            mapping.Scope,
            mapping.ClientId,
            mapping.Source,
            mapping.SourceName,
            mapping.Constant,
            [
                .. new[]
                {
                    (ClaimMappingBody.IdToken, mapping.InIdToken),
                    (ClaimMappingBody.AccessToken, mapping.InAccessToken),
                    (ClaimMappingBody.UserInfo, mapping.InUserInfo),
                }
                    .Where(static place => place.Item2)
                    .Select(static place => place.Item1),
            ],
            mapping.Version
        );
}

/// <summary>What a claim is to be. Claim, scope and client name the mapping that is written.</summary>
internal sealed class ClaimMappingBody
{
    public const string IdToken = "id_token";
    public const string AccessToken = "access_token";
    public const string UserInfo = "userinfo";

    public required string Claim { get; init; }
    public string? Scope { get; init; }
    public string? ClientId { get; init; }
    public required string Source { get; init; }
    public string? SourceName { get; init; }
    public JsonElement? Constant { get; init; }
    public required IReadOnlyList<string> In { get; init; }
}

/// <summary>Claims without code.</summary>
internal static class ClaimMappingEndpoints
{
    private static readonly string[] Places =
    [
        ClaimMappingBody.IdToken,
        ClaimMappingBody.AccessToken,
        ClaimMappingBody.UserInfo,
    ];

    public static void Map(ApiRoutes routes)
    {
        routes
            .Map(AdminActions.ClaimMappingList, "List claim mappings", ListAsync)
            .Gives<IReadOnlyList<ClaimMappingView>>();
        routes
            .Map(AdminActions.ClaimMappingChange, "Write a claim mapping", WriteAsync)
            .Takes<ClaimMappingBody>()
            .NeedsVersion(creates: true)
            .Gives<ClaimMappingView>();
        routes.Map(AdminActions.ClaimMappingRemove, "Remove a claim mapping", RemoveAsync).GivesNothing();
    }

    private static async Task<IResult> ListAsync(HttpContext http, ClaimMappingStore mappings) =>
        ApiAnswer.Of(
            http,
            await mappings.ListAsync(http.Caller(), http.RequestAborted),
            static all => ApiAnswer.Ok(all.Select(ClaimMappingView.Of).ToArray())
        );

    private static Task<IResult> WriteAsync(HttpContext http, ClaimMappingStore mappings) =>
        http.WithNumberAsync(
            version =>
                http.WithBodyAsync<ClaimMappingBody>(async body =>
                {
                    if (body.In.FirstOrDefault(static place => !Places.Contains(place)) is not null)
                        return ApiAnswer.Refuse(
                            http,
                            new AdminOutcome.Invalid("in", $"Use {string.Join(", ", Places)}.")
                        );
                    ClaimMapping mapping = new(
                        body.Claim,
                        body.Scope,
                        body.ClientId,
                        body.Source,
                        body.SourceName,
                        body.Constant,
                        body.In.Contains(ClaimMappingBody.IdToken),
                        body.In.Contains(ClaimMappingBody.AccessToken),
                        body.In.Contains(ClaimMappingBody.UserInfo)
                    );
                    return ApiAnswer.Of(
                        http,
                        await mappings.WriteAsync(
                            http.Caller(),
                            mapping,
                            version,
                            http.ReadRequestContext(),
                            http.RequestAborted
                        ),
                        static written => ApiAnswer.Ok(ClaimMappingView.Of(written), ApiRequest.ETag(written.Version))
                    );
                }),
            creates: true
        );

    private static Task<IResult> RemoveAsync(HttpContext http, ClaimMappingStore mappings, Guid id) =>
        http.ActAsync((actor, from, cancel) => mappings.RemoveAsync(actor, id, from, cancel));
}
