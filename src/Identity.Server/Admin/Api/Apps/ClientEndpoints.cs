using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Apps;

/// <summary>Apps. A definition has the members of <c>docs/clients.md</c>, in snake case.</summary>
internal static class ClientEndpoints
{
    private const string Clients = $"{AdminResource.Path}/clients/";
    private const string One = $"GET {Clients}{{id}}";

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.ClientList, "List apps", List).Gives<ApiPage<ClientSummary>>();
        routes.Map(AdminActions.ClientRead, "Read an app", ReadAsync).Gives<ClientView>();
        routes
            .Map(AdminActions.ClientRead, One + "/snippets", "client.snippets", "Snippets for an app", SnippetsAsync)
            .Gives<IReadOnlyList<SnippetView>>();
        routes
            .Map(AdminActions.ClientRead, One + "/holdings", "client.holdings", "What an app holds", HoldingsAsync)
            .Gives<ClientHoldings>();
        routes
            .Map(AdminActions.ClientCreate, "Make an app", CreateAsync)
            .Takes<ClientDefinition>()
            .Makes<WrittenClientView>();
        routes
            .Map(AdminActions.ClientChange, "Replace the definition of an app", ChangeAsync)
            .Takes<ClientDefinition>()
            .NeedsVersion()
            .Gives<WrittenClientView>();
        routes.Map(AdminActions.ClientRemove, "Remove an app", RemoveAsync).TakesVersion().GivesNothing();
        routes
            .Map(AdminActions.ClientAllowAddress, "Add a redirect URI", AllowAsync)
            .Takes<RedirectUriBody>()
            .GivesNothing();
        routes
            .Map(AdminActions.ClientSecretRotate, "Make a new secret", RotateAsync)
            .Takes<RotationBody>()
            .Makes<RotatedSecretView>();
        routes.Map(AdminActions.ClientSecretRevoke, "Revoke a secret", RevokeAsync).GivesNothing();
    }

    private static IResult List(
        HttpContext http,
        ClientAdministration clients,
        string? search,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, ClientAdministration.MaxListed - 1);
        var after = ApiRequest.Parts(cursor) is [var id] ? id : null;
        return ApiAnswer.Of(
            http,
            clients.List(http.Caller(), search, after, take + 1),
            read => ApiAnswer.Ok(ApiRequest.Page(read, take, ClientSummary.Of, static client => [client.Id]))
        );
    }

    private static async Task<IResult> ReadAsync(HttpContext http, ClientAdministration clients, string id) =>
        ApiAnswer.Of(
            http,
            await clients.ReadAsync(http.Caller(), ApiRequest.Name(id), http.RequestAborted),
            static client =>
                ApiAnswer.Ok(ClientView.Of(client), client.Version is { } version ? ApiRequest.ETag(version) : null)
        );

    private static async Task<IResult> SnippetsAsync(
        HttpContext http,
        ClientAdministration clients,
        IConfiguration configuration,
        string id
    ) =>
        ApiAnswer.Of(
            http,
            await clients.ReadAsync(http.Caller(), ApiRequest.Name(id), http.RequestAborted),
            client =>
                ApiAnswer.Ok(
                    client.Effective is not { } effective
                        ? []
                        : ClientSnippets
                            .For(effective, AdminResource.IssuerOf(configuration))
                            .Select(snippet => new SnippetView(
                                snippet.Stack,
                                snippet.Title,
                                ClientSnippets.MissingRedirectUri(effective, snippet),
                                snippet.Text
                            ))
                            .ToArray()
                )
        );

    private static async Task<IResult> HoldingsAsync(HttpContext http, ClientHoldingsReader holdings, string id) =>
        ApiAnswer.Of(
            http,
            await holdings.ReadAsync(http.Caller(), ApiRequest.Name(id), http.RequestAborted),
            static held => ApiAnswer.Ok(held)
        );

    private static Task<IResult> CreateAsync(HttpContext http, ClientAdministration clients) =>
        http.WithBodyAsync<ClientDefinition>(async definition =>
        {
            if (definition.ClientId is not { Length: > 0 } id)
                return ApiAnswer.Refuse(http, new AdminOutcome.Invalid("client_id", "is required."));
            definition.ClientId = null;
            return ApiAnswer.Of(
                http,
                await clients.CreateAsync(
                    http.Caller(),
                    id,
                    definition,
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                static made => ApiAnswer.Created(Clients + Uri.EscapeDataString(made.Id), View(made))
            );
        });

    private static Task<IResult> ChangeAsync(HttpContext http, ClientAdministration clients, string id) =>
        http.WithVersionAsync(version =>
            http.WithBodyAsync<ClientDefinition>(async definition =>
            {
                var name = ApiRequest.Name(id);
                if (definition.ClientId is { } other && other != name)
                    return ApiAnswer.Refuse(http, new AdminOutcome.Invalid("client_id", "can't be changed."));
                if (definition.Secrets is not null)
                    return ApiAnswer.Refuse(
                        http,
                        new AdminOutcome.Invalid("secrets", "are rotated and revoked on their own.")
                    );
                definition.ClientId = null;
                return ApiAnswer.Of(
                    http,
                    await clients.ChangeAsync(
                        http.Caller(),
                        name,
                        definition,
                        version,
                        http.ReadRequestContext(),
                        http.RequestAborted
                    ),
                    static written => ApiAnswer.Ok(View(written))
                );
            })
        );

    private static Task<IResult> RemoveAsync(HttpContext http, ClientAdministration clients, string id) =>
        http.ActAsync(
            (actor, from, cancel) =>
                clients.RemoveAsync(actor, ApiRequest.Name(id), ApiPrecondition.Text(http), from, cancel)
        );

    private static Task<IResult> AllowAsync(HttpContext http, ClientAdministration clients, string id) =>
        http.WithBodyAsync<RedirectUriBody>(async body =>
            ApiAnswer.Of(
                http,
                await clients.AllowAddressAsync(
                    http.Caller(),
                    ApiRequest.Name(id),
                    body.RedirectUri,
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                static _ => ApiAnswer.Done()
            )
        );

    private static Task<IResult> RotateAsync(HttpContext http, ClientAdministration clients, string id) =>
        http.WithBodyAsync<RotationBody>(async body =>
            ApiAnswer.Of(
                http,
                await clients.RotateSecretAsync(
                    http.Caller(),
                    ApiRequest.Name(id),
                    TimeSpan.FromHours(body.OverlapHours),
                    body.Description,
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                rotated =>
                    ApiAnswer.Created(
                        $"{Clients}{id}",
                        new RotatedSecretView(rotated.Id, rotated.Secret, rotated.OldUntil)
                    )
            )
        );

    private static Task<IResult> RevokeAsync(
        HttpContext http,
        ClientAdministration clients,
        string id,
        string secret
    ) =>
        http.ActAsync(
            (actor, from, cancel) => clients.RevokeSecretAsync(actor, ApiRequest.Name(id), secret, from, cancel)
        );

    private static WrittenClientView View(WrittenClient written) => new(written.Id, written.Secret);
}
