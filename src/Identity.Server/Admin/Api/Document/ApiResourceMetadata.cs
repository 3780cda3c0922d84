using Identity.Core.Administration;
using Identity.Server.Admin.Api.Contract;

namespace Identity.Server.Admin.Api.Document;

/// <summary>How the API describes itself as a protected resource (RFC 9728 section 2). Anybody may read it.</summary>
internal static class ApiResourceMetadata
{
    public static void MapResourceMetadata(this WebApplication app)
    {
        var configuration = app.Services.GetRequiredService<IConfiguration>();
        // As discovery writes it, with the slash at its end, if it has one.
        var issuer = configuration["Identity:Issuer"] is { Length: > 0 } exact
            ? exact
            : AdminResource.IssuerOf(configuration);
        Dictionary<string, object> metadata = new()
        {
            ["resource"] = AdminResource.Of(configuration),
            ["resource_name"] = "Administration API",
            ["authorization_servers"] = (string[])[issuer],
            ["scopes_supported"] = (string[])[.. AdminPermission.All.Select(static permission => permission.Scope)],
            ["bearer_methods_supported"] = (string[])["header"],
        };
        app.MapGet(ApiChallenge.MetadataPath, () => metadata).ExcludeFromDescription();
    }
}
