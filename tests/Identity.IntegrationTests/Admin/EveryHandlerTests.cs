using System.Net;
using Identity.Core.Administration;
using Identity.Server.Admin.Console;
using Identity.Server.Presentation;
using Identity.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Every page of the console that there is, with each of its handlers: who is let in, and that no other site's
/// form is. A page that is added is among them.</summary>
public sealed class EveryHandlerTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Theory]
    [InlineData(AdminRole.Admin)]
    [InlineData(AdminRole.Support)]
    [InlineData(AdminRole.Auditor)]
    public async Task A_handler_opens_to_whom_its_permission_is_given_and_to_nobody_else(string role)
    {
        var permissions = AdminRole.PermissionsOf(role, []);
        var holder = await fixture.HolderAsync(role);
        using var browser = await fixture.SignedInAsync(holder);
        var token = Token(await browser.GetAsync("/admin"));
        var handlers = (await HandlersAsync()).Where(static one => one.Permission is not null).ToArray();
        List<string> wrong = [];

        foreach (var handler in handlers)
        {
            var status = await AskAsync(browser, handler, token);
            var may = permissions.Contains(AdminPermission.Find(handler.Permission!)!);
            if (may == (status == HttpStatusCode.Forbidden))
                wrong.Add($"{role} {handler}: {status}");
        }

        Assert.True(handlers.Length > 50, $"{handlers.Length} handlers");
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        var refusals = handlers.Count(one => !permissions.Contains(AdminPermission.Find(one.Permission!)!));
        Assert.Equal(
            refusals,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'admin_refused'",
                ("id", holder.Id)
            )
        );
    }

    [Fact]
    public async Task A_form_without_its_token_opens_nothing()
    {
        using var browser = await fixture.OperatorAsync();
        List<string> open = [];

        foreach (var handler in (await HandlersAsync()).Where(static one => one.Method == "POST"))
        {
            if (await AskAsync(browser, handler, null) is not HttpStatusCode.BadRequest and var status)
                open.Add($"{handler}: {status}");
        }

        Assert.True(open.Count == 0, string.Join(Environment.NewLine, open));
    }

    [Fact]
    public async Task Whoever_lost_the_role_finds_no_page_any_more()
    {
        var holder = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(holder);
        var token = Token(await browser.GetAsync("/admin"));
        await fixture.Database.ExecuteAsync("DELETE FROM idp.user_roles WHERE user_id = @id", ("id", holder.Id));
        List<string> open = [];

        foreach (var handler in await HandlersAsync())
        {
            if (await AskAsync(browser, handler, token) is not HttpStatusCode.NotFound and var status)
                open.Add($"{handler}: {status}");
        }

        Assert.True(open.Count == 0, string.Join(Environment.NewLine, open));
    }

    [Fact]
    public async Task The_page_of_an_action_has_a_handler_with_its_permission()
    {
        var handlers = await HandlersAsync();

        var missing = AdminActions
            .All.Where(static action => action.Page.Offer is not null)
            // The overview is open to every operator, and its service asks for the permission of this part
            // (AlertPagesTests).
            .Where(static action => action != AdminActions.OverviewRead)
            .Where(action =>
                !handlers.Any(handler =>
                    handler.Route.Replace(":guid", "", StringComparison.Ordinal) == action.Page.Offer
                    && handler.Permission == action.Permission.Name
                )
            )
            .Select(static action => $"{action.Name}: {action.Page.Offer}");

        Assert.Empty(missing);
    }

    private async Task<IReadOnlyList<Handler>> HandlersAsync()
    {
        var loader = fixture.Service<PageLoader>();
        List<Handler> all = [];
        foreach (var endpoint in fixture.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is not { } page)
                continue;
            var loaded = await loader.LoadAsync(page, EndpointMetadataCollection.Empty);
            if (!loaded.HandlerTypeInfo.IsSubclassOf(typeof(ConsolePage)))
                continue;
            all.AddRange(
                loaded
                    .HandlerMethods.Where(static method => method.HttpMethod is "Get" or "Post")
                    .Where(static method => method.MethodInfo.DeclaringType != typeof(LocalizedPage))
                    .Select(method => new Handler(
                        "/" + endpoint.RoutePattern.RawText!.TrimStart('/'),
                        method.HttpMethod.ToUpperInvariant(),
                        method.Name,
                        method
                            .MethodInfo.GetCustomAttributes(typeof(PermissionAttribute), false)
                            .Cast<PermissionAttribute>()
                            .SingleOrDefault()
                            ?.Name
                    ))
            );
        }
        return all;
    }

    private static async Task<HttpStatusCode> AskAsync(PageBrowser browser, Handler handler, string? token)
    {
        using HttpRequestMessage request = new(new(handler.Method), handler.Address);
        if (handler.Method == "POST")
        {
            Dictionary<string, string> fields = [];
            if (token is not null)
                fields["__RequestVerificationToken"] = token;
            request.Content = new FormUrlEncodedContent(fields);
        }
        using var answer = await browser.Client.SendAsync(request);
        return answer.StatusCode;
    }

    private static string Token(VisitedPage page) =>
        page.Forms[0].Fields.Single(static field => field.Name == "__RequestVerificationToken").Value;

    private sealed record Handler(string Route, string Method, string? Name, string? Permission)
    {
        // Nobody has this id: what is allowed then finds nothing.
        public string Address =>
            Route.Replace("{id:guid}", Guid.Empty.ToString(), StringComparison.Ordinal)
            + (Name is null ? "" : $"?handler={Name}");
    }
}
