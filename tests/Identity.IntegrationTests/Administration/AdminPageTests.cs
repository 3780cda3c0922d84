using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.IntegrationTests.Admin;
using Microsoft.AspNetCore.Routing;

namespace Identity.IntegrationTests.Administration;

/// <summary>What the list of actions says of the console is there.</summary>
public sealed partial class AdminPageTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public void The_page_of_every_action_exists()
    {
        var routes = fixture
            .Service<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(static endpoint => Shape("/" + endpoint.RoutePattern.RawText?.TrimStart('/')))
            .ToHashSet(StringComparer.Ordinal);

        var missing = AdminActions
            .All.Where(static action => action.Page.Offer is not null)
            .Where(action => !routes.Contains(Shape(action.Page.Offer!)))
            .Select(static action => $"{action.Name}: {action.Page.Offer}");

        Assert.Contains("/admin", routes);
        Assert.Empty(missing);
    }

    // Parameters are compared by their place: {id} and {id:guid} are one route.
    private static string Shape(string route) => Parameter().Replace(route, "{}");

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
