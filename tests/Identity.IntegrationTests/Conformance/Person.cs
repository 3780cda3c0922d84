using System.Net;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Conformance;

/// <summary>Where a person came out: at the client with an answer, or on a page of the provider, which is then the last
/// that was seen.</summary>
/// <param name="Pages">The pages that asked the person for something, in their order.</param>
/// <param name="Answer">The parameters for the client, as they came; null on a page of the provider.</param>
internal sealed record Visit(
    IReadOnlyList<string> Pages,
    VisitedPage Page,
    IReadOnlyList<(string Name, string Value)>? Answer
)
{
    public bool WasAskedToSignIn => Pages.Contains("/sign-in");
}

/// <summary>A person at a browser of their own: signs in and agrees on the provider's pages, wherever these ask for
/// it.</summary>
internal sealed class Person : IDisposable
{
    private readonly UserAccount _account;

    public Person(ConformanceProvider plan, UserAccount account)
    {
        _account = account;
        Browser = new(plan.Provider.Host);
        Browser.Client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
    }

    /// <summary>The browser.</summary>
    public PageBrowser Browser { get; }

    public string Subject => _account.Id.ToString("D");

    public string Email => _account.Email;

    /// <summary>What the person answers when asked for consent.</summary>
    public string Decision { get; set; } = "allow";

    /// <summary>Follows an address of the provider until it leads to the client.</summary>
    public async Task<Visit> GoAsync(string url, string client) =>
        await FollowAsync(await Browser.GetAsync(url), client);

    /// <summary>Posts a form of the client to the provider, as a browser does.</summary>
    public async Task<Visit> PostAsync(string url, IEnumerable<KeyValuePair<string, string>> form, string client)
    {
        using var response = await Browser.Client.PostAsync(url, new FormUrlEncodedContent(form));
        var headers = response.Headers.ToDictionary(
            static header => header.Key,
            static header => header.Value.ToArray()
        );
        return await FollowAsync(
            new(new Uri(url), response.StatusCode, headers, await response.Content.ReadAsStringAsync()),
            client
        );
    }

    public void Dispose() => Browser.Dispose();

    private async Task<Visit> FollowAsync(VisitedPage page, string client)
    {
        List<string> asked = [];
        for (var step = 0; step < 20; step++)
        {
            if (page.Location is { } location)
            {
                var target = new Uri(page.Address, location);
                if (IsAt(target, client))
                    return new(asked, page, AnswerIn(page, target));
                page = await Browser.GetAsync(target.AbsoluteUri);
            }
            else if (
                page.Forms.FirstOrDefault(form =>
                    Uri.TryCreate(page.Address, form.Action, out var action) && IsAt(action, client)
                ) is
                { } form
            )
            {
                Assert.Equal("post", form.Method, ignoreCase: true);
                return new(asked, page, form.Fields);
            }
            else if (
                page.Address.AbsolutePath is "/sign-in" or "/consent"
                && page.Status == HttpStatusCode.OK
                && asked.Count(seen => seen == page.Address.AbsolutePath) < 3
            )
            {
                asked.Add(page.Address.AbsolutePath);
                page = await Browser.SubmitAsync(
                    page,
                    page.Address.AbsolutePath == "/consent"
                        ? [("decision", Decision)]
                        : [("Input.Email", _account.Email), ("Input.Password", ConfiguredProvider.Password)]
                );
            }
            else
            {
                return new(asked, page, null);
            }
        }

        throw new InvalidOperationException($"Never came out, last at {page.Address}.");
    }

    private static bool IsAt(Uri target, string client) =>
        target.GetLeftPart(UriPartial.Path) == new Uri(client).GetLeftPart(UriPartial.Path);

    // RFC 9700 4.12: 303, so that no form with a password is posted on.
    private static List<(string Name, string Value)> AnswerIn(VisitedPage page, Uri target)
    {
        Assert.Equal(HttpStatusCode.SeeOther, page.Status);
        Assert.Equal("", target.Fragment);
        return
        [
            .. QueryHelpers
                .ParseQuery(target.Query)
                .SelectMany(static parameter => parameter.Value.Select(value => (parameter.Key, value!))),
        ];
    }
}
