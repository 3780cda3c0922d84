using Identity.Server.Admin.Api.Apps;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Admin.Api.Document;
using Identity.Server.Admin.Api.Operations;
using Identity.Server.Admin.Api.People;
using Identity.Server.Admin.Api.Roles;

namespace Identity.Server.Admin.Api;

internal static class AdminApi
{
    /// <summary>Adds the API. Needs Administration, the rooms whose actions it offers, and the protocol's
    /// rules.</summary>
    public static IServiceCollection AddAdminApi(this IServiceCollection services) =>
        services.AddSingleton<ApiLimits>().AddSingleton<RefusalLog>().AddApiDocument();

    /// <summary>The gate and the endpoints. After routing.</summary>
    public static void UseAdminApi(this WebApplication app)
    {
        app.UseMiddleware<ApiGate>();
        ApiRoutes routes = new(app);
        UserEndpoints.Map(routes);
        UserHelpEndpoints.Map(routes);
        UserAccessEndpoints.Map(routes);
        BulkEndpoints.Map(routes);
        InvitationEndpoints.Map(routes);
        RoleEndpoints.Map(routes);
        GroupEndpoints.Map(routes);
        AttributeEndpoints.Map(routes);
        ClientEndpoints.Map(routes);
        ScopeEndpoints.Map(routes);
        ClaimMappingEndpoints.Map(routes);
        AuditEndpoints.Map(routes);
        AlertEndpoints.Map(routes);
        OperationEndpoints.Map(routes);
        WebhookEndpoints.Map(routes);
        app.MapApiDocument();
        app.MapResourceMetadata();
    }
}
