using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Identity.Core.Administration;
using Identity.Server.Admin.Api.Contract;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Identity.Server.Admin.Api.Document;

// Document owns what the API says of itself: its OpenAPI description, served without a token, for it is the same for
// everybody and stands in docs/openapi.json. It decides nothing.

/// <summary>The OpenAPI 3.1 description of the API.</summary>
internal static class ApiDocument
{
    /// <summary>Where it is served.</summary>
    public const string Path = AdminResource.Path + "/openapi.json";

    private const string Name = "v1";
    private const string Scheme = "oauth2";

    // Where the types are that the API speaks of.
    private static readonly string[] Spoken = ["Identity.Server.Admin.Api", "Identity.Core"];

    /// <summary>Adds what writes it.</summary>
    public static IServiceCollection AddApiDocument(this IServiceCollection services)
    {
        // The schemas are made from the JSON options of the host, whose own answers keep their names.
        services.ConfigureHttpJsonOptions(static json =>
        {
            json.SerializerOptions.Converters.Add(
                new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
            );
            json.SerializerOptions.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameAsSent } };
        });
        return services.AddOpenApi(
            Name,
            static options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.ShouldInclude = static endpoint =>
                    endpoint.ActionDescriptor.EndpointMetadata.OfType<ApiAction>().Any();
                options.AddDocumentTransformer(
                    static (document, _, _) =>
                    {
                        Introduce(document);
                        return Task.CompletedTask;
                    }
                );
                options.AddOperationTransformer(
                    static (operation, context, _) =>
                    {
                        Describe(operation, context);
                        return Task.CompletedTask;
                    }
                );
            }
        );
    }

    /// <summary>Serves it.</summary>
    public static void MapApiDocument(this WebApplication app) => app.MapOpenApi(Path);

    // As ApiJson writes and reads them.
    private static void NameAsSent(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || !Spoken.Any(space => IsIn(type.Type, space)))
            return;
        type.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        foreach (var property in type.Properties)
            property.Name = ApiJson.NameOf(property.Name);
    }

    private static bool IsIn(Type type, string space) =>
        type.Namespace?.StartsWith(space, StringComparison.Ordinal) == true;

    private static void Introduce(OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "Identity administration API",
            Version = "1",
            Description =
                "What the console and the command line do, for programs. See administration.md for the first steps.",
        };
        document.Servers = [new() { Url = "/" }];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Description = "An access token of this provider, bearer or bound by DPoP.",
                Flows = new()
                {
                    ClientCredentials = new() { TokenUrl = Relative("/connect/token"), Scopes = Scopes() },
                    AuthorizationCode = new()
                    {
                        AuthorizationUrl = Relative("/connect/authorize"),
                        TokenUrl = Relative("/connect/token"),
                        Scopes = Scopes(),
                    },
                },
            },
        };
    }

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var action = metadata.OfType<ApiAction>().Single().Action;
        operation.Description =
            $"Needs `{action.Permission.Scope}`."
            + (action.NeedsProof ? " A person needs a sign-in of the last five minutes." : "")
            + (action.EventType is { } type ? $" Audited as `{type}`." : "");
        operation.Security =
        [
            new() { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [action.Permission.Scope] },
        ];
        if (metadata.OfType<ApiVersioned>().FirstOrDefault() is { } versioned)
            Add(
                operation,
                "If-Match",
                "The `ETag` that was read. What has changed since is not overwritten: 412.",
                versioned.Required
            );
        if (metadata.OfType<ApiVersioned>().FirstOrDefault() is { Creates: true })
            Add(operation, "If-None-Match", "`*` in place of `If-Match`: it does not exist yet.", required: false);
        if (metadata.OfType<ApiIdempotent>().Any())
            Add(
                operation,
                IdempotencyFilter.Header,
                "1 to 100 characters of your choice. The same request with the same key is done once within 24 hours.",
                required: false
            );
    }

    private static void Add(OpenApiOperation operation, string header, string text, bool required)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(
            new OpenApiParameter
            {
                Name = header,
                In = ParameterLocation.Header,
                Description = text,
                Required = required,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            }
        );
    }

    private static Dictionary<string, string> Scopes() =>
        AdminPermission.All.ToDictionary(static one => one.Scope, static one => one.Description);

    private static Uri Relative(string path) => new(path, UriKind.Relative);
}
