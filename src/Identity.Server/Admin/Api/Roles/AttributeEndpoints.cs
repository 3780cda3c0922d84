using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Attributes;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Roles;

/// <summary>What an attribute is.</summary>
internal sealed record AttributeView(
    string Name,
    string Type,
    IReadOnlyDictionary<string, string> Labels,
    string VisibleTo,
    string EditableBy,
    long Version
)
{
    public static AttributeView Of(AttributeDefinition definition) =>
        new(
            definition.Name,
            definition.ValueType,
            definition.Labels,
            definition.VisibleTo,
            definition.EditableBy,
            definition.Version
        );
}

/// <summary>What an attribute is to be.</summary>
internal sealed class AttributeBody
{
    public required string Type { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public required string VisibleTo { get; init; }
    public required string EditableBy { get; init; }
}

/// <summary>An attribute of a person. <c>value</c> is absent where they have none.</summary>
internal sealed record PersonAttributeView(string Name, string Type, JsonElement? Value);

/// <summary>The value of an attribute; null takes it away.</summary>
internal sealed class PersonAttributeBody
{
    public JsonElement? Value { get; init; }
}

/// <summary>Which attributes there are, and those of people.</summary>
internal static class AttributeEndpoints
{
    private const string OfPerson = $"GET {AdminResource.Path}/users/{{id}}/attributes";

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.AttributeList, "List attributes", ListAsync).Gives<IReadOnlyList<AttributeView>>();
        routes
            .Map(AdminActions.AttributeDefine, "Define or change an attribute", DefineAsync)
            .Takes<AttributeBody>()
            .NeedsVersion(creates: true)
            .Gives<AttributeView>();
        routes
            .Map(AdminActions.AttributeRemove, "Remove an attribute and everybody's value", RemoveAsync)
            .GivesNothing();
        routes
            .Map(AdminActions.AttributeList, OfPerson, "user.attributes", "List the attributes of a person", ReadAsync)
            .Gives<IReadOnlyList<PersonAttributeView>>();
        routes
            .Map(AdminActions.AttributeSet, "Set an attribute of a person", SetAsync)
            .Takes<PersonAttributeBody>()
            .GivesNothing();
    }

    private static async Task<IResult> ListAsync(HttpContext http, AttributeDefinitions definitions) =>
        ApiAnswer.Of(
            http,
            await definitions.ListAsync(http.Caller(), http.RequestAborted),
            static all => ApiAnswer.Ok(all.Select(AttributeView.Of).ToArray())
        );

    private static Task<IResult> DefineAsync(HttpContext http, AttributeDefinitions definitions, string name) =>
        http.WithNumberAsync(
            version =>
                http.WithBodyAsync<AttributeBody>(async body =>
                    ApiAnswer.Of(
                        http,
                        await definitions.DefineAsync(
                            http.Caller(),
                            new(
                                name,
                                body.Type,
                                body.Labels ?? new Dictionary<string, string>(),
                                body.VisibleTo,
                                body.EditableBy
                            ),
                            version,
                            http.ReadRequestContext(),
                            http.RequestAborted
                        ),
                        static defined => ApiAnswer.Ok(AttributeView.Of(defined), ApiRequest.ETag(defined.Version))
                    )
                ),
            creates: true
        );

    private static Task<IResult> RemoveAsync(HttpContext http, AttributeDefinitions definitions, string name) =>
        http.ActAsync((actor, from, cancel) => definitions.RemoveAsync(actor, name, from, cancel));

    private static async Task<IResult> ReadAsync(HttpContext http, PersonAttributes attributes, Guid id) =>
        ApiAnswer.Of(
            http,
            await attributes.ReadAsync(http.Caller(), id, http.RequestAborted),
            static all =>
                ApiAnswer.Ok(
                    all.Select(static one => new PersonAttributeView(
                            one.Definition.Name,
                            one.Definition.ValueType,
                            one.Value
                        ))
                        .ToArray()
                )
        );

    private static Task<IResult> SetAsync(HttpContext http, PersonAttributes attributes, Guid id, string name) =>
        http.WithBodyAsync<PersonAttributeBody>(
            (_, given) =>
                http.ActAsync(
                    (actor, from, cancel) =>
                        attributes.SetAsync(
                            actor,
                            id,
                            name,
                            given.TryGetProperty("value", out var value) && value.ValueKind != JsonValueKind.Null
                                ? value
                                : null,
                            from,
                            cancel
                        )
                )
        );
}
