using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Server.Admin.Api.Contract;
using Microsoft.AspNetCore.Routing;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>Each action by each built-in role and by a client that may nothing: allowed or refused as its permission
/// says. Each endpoint offers an action, and each action that says it is offered is.</summary>
public sealed partial class ApiPermissionTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private const string Nothing = "service";

    public static IEnumerable<object[]> Table =>
        from action in AdminActions.All
        where action.Api.Offer is not null
        from role in AdminRole.Names.Append(Nothing)
        select new object[] { action.Name, role };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task An_action_is_allowed_by_its_permission_alone(string name, string role)
    {
        var action = AdminActions.All.Single(action => action.Name == name);
        var allowed = AdminRole.Names.Contains(role) && AdminRole.PermissionsOf(role, []).Contains(action.Permission);
        var (method, path) = Split(action.Api.Offer!);
        // Nothing is changed: the thing does not exist, and the body is no JSON.
        var call = Placeholder().Replace(path, Guid.Empty.ToString())[AdminResource.Path.Length..];
        var caller = await fixture.AsAsync(role);

        var answer = await caller.SendAsync(method, call, method == "GET" ? null : "no json", ("If-Match", "\"0\""));

        if (allowed)
            Assert.DoesNotContain(answer.Status, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden });
        else if (role == Nothing)
            answer.Must(HttpStatusCode.Unauthorized);
        else
            Assert.Equal((HttpStatusCode.Forbidden, action.Permission.Name), (answer.Status, answer.Code));
        Assert.True((int)answer.Status < 500, answer.Text);
    }

    [Fact]
    public void Every_action_with_a_face_is_offered_and_every_endpoint_is_an_action()
    {
        var offered = fixture
            .Service<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(static endpoint =>
                endpoint.RoutePattern.RawText!.StartsWith(AdminResource.Path, StringComparison.Ordinal)
            )
            .ToArray();

        var without = offered
            .Where(static endpoint => endpoint.Metadata.GetMetadata<ApiAction>() is null)
            .Select(static endpoint => endpoint.RoutePattern.RawText);
        var offers = offered
            .Where(static endpoint => endpoint.Metadata.GetMetadata<ApiAction>() is not null)
            .Select(static endpoint =>
                (
                    Offer: $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single()} "
                        + endpoint.RoutePattern.RawText,
                    endpoint.Metadata.GetMetadata<ApiAction>()!.Action
                )
            )
            .ToLookup(static one => one.Offer, static one => one.Action);
        var missing = AdminActions
            .All.Where(static action => action.Api.Offer is not null)
            .Where(action => !offers[action.Api.Offer!].Contains(action))
            .Select(static action => action.Name);
        var changing = offers
            .Where(static offer => !offer.Key.StartsWith("GET ", StringComparison.Ordinal))
            .Where(static offer => offer.Any(action => action.Api.Offer != offer.Key))
            .Select(static offer => offer.Key);

        Assert.Equal(["/api/v1/openapi.json"], without);
        Assert.Empty(missing);
        Assert.Empty(changing);
    }

    private static (string Method, string Path) Split(string offer) =>
        offer.Split(' ') is [var method, var path] ? (method, path) : throw new ArgumentException(offer, nameof(offer));

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
