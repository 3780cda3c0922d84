using System.Net;
using System.Text.RegularExpressions;

namespace Identity.Testing;

/// <summary>
/// A person without JavaScript: opens pages, fills in their forms as they stand, hidden fields and antiforgery token
/// included, and sees each answer. Redirects are followed only when asked.
/// </summary>
/// <param name="host">The provider.</param>
/// <param name="from">The loopback address that it comes from; by default 127.0.0.1.</param>
public sealed class PageBrowser(IdentityHost host, IPAddress? from = null) : IDisposable
{
    private readonly (HttpClient Client, BrowserCookies Cookies) _browser = host.CreateBrowser(from);
    private int? _commands;

    /// <summary>For requests that no form makes.</summary>
    public HttpClient Client => _browser.Client;

    /// <summary>The value of a cookie of this host, or null.</summary>
    public string? Cookie(string name) => _browser.Cookies.CookiesFor(host.BaseAddress)[name]?.Value;

    /// <summary>All cookies of this host, as a request carries them.</summary>
    public string CookieHeader =>
        string.Join(
            "; ",
            _browser.Cookies.CookiesFor(host.BaseAddress).Select(static cookie => $"{cookie.Name}={cookie.Value}")
        );

    /// <summary>Opens a page; the language is English unless another is asked for.</summary>
    public async Task<VisitedPage> GetAsync(string url, string language = "en")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.AcceptLanguage.ParseAdd(language);
        return await SendAsync(request);
    }

    /// <summary>Sends the form of a page with these fields filled in, over those that stand in it.</summary>
    /// <param name="action">The end of the form's address, where a page has several; by default the page's main
    /// form.</param>
    public async Task<VisitedPage> SubmitAsync(
        VisitedPage page,
        IEnumerable<(string Name, string Value)> fields,
        string? action = null
    )
    {
        var form = action is null
            ? page.MainForm
            : page.Forms.First(candidate => candidate.Action.EndsWith(action, StringComparison.Ordinal));
        (string Name, string Value)[] filled = [.. fields];
        var sent = form.Fields.Where(field => !filled.Any(mine => mine.Name == field.Name)).Concat(filled);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(page.Address, form.Action))
        {
            Content = new FormUrlEncodedContent(
                sent.Select(static field => KeyValuePair.Create(field.Name, field.Value))
            ),
        };
        request.Headers.AcceptLanguage.ParseAdd("en");
        return await SendAsync(request);
    }

    /// <summary>Goes where a page leads, while it leads anywhere on this host.</summary>
    public async Task<VisitedPage> FollowAsync(VisitedPage page)
    {
        for (var hops = 0; page.Location is { } location && hops < 10; hops++)
        {
            var target = new Uri(page.Address, location);
            if (target.Authority != host.BaseAddress.Authority)
                return page;
            page = await GetAsync(target.PathAndQuery);
        }
        return page;
    }

    /// <summary>Does a step, and counts the SQL commands that its answers took.</summary>
    public async Task<(VisitedPage Page, int Commands)> CountedAsync(Func<Task<VisitedPage>> step)
    {
        _commands = 0;
        var page = await step();
        var commands = _commands.Value;
        _commands = null;
        return (page, commands);
    }

    /// <summary>Signs in through the page.</summary>
    public async Task<VisitedPage> SignInAsync(string email, string password, string path = "/sign-in") =>
        await SubmitAsync(await GetAsync(path), [("Input.Email", email), ("Input.Password", password)]);

    /// <summary>Gives the browser the cookie of a session that was started without the page.</summary>
    public void UseSession(string token) =>
        _browser.Cookies.Keep(host.BaseAddress, $"__Host-identity={token}; Secure; HttpOnly; Path=/");

    /// <summary>Gives the browser a cookie that a script wrote.</summary>
    public void UseCookie(string name, string value) =>
        _browser.Cookies.Keep(host.BaseAddress, $"{name}={value}; Secure; Path=/");

    /// <inheritdoc />
    public void Dispose() => Client.Dispose();

    private async Task<VisitedPage> SendAsync(HttpRequestMessage request)
    {
        var address = new Uri(host.BaseAddress, request.RequestUri!);
        using var response = _commands is null ? await Client.SendAsync(request) : await SendCountedAsync(request);
        Dictionary<string, string[]> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
            headers[name] = [.. values];
        return new(address, response.StatusCode, headers, await response.Content.ReadAsStringAsync());
    }

    private async Task<HttpResponseMessage> SendCountedAsync(HttpRequestMessage request)
    {
        var (response, commands) = await host.SendCountedAsync(Client, request);
        _commands += commands;
        return response;
    }
}

/// <summary>A form as it stands in a page.</summary>
public sealed record PageForm(string Action, string Method, IReadOnlyList<(string Name, string Value)> Fields);

/// <summary>An answer, read as a page.</summary>
public sealed partial record VisitedPage(
    Uri Address,
    HttpStatusCode Status,
    IReadOnlyDictionary<string, string[]> Headers,
    string Html
)
{
    /// <summary>Where it leads, or null.</summary>
    public string? Location => Header("Location");

    /// <summary>All forms, in their order.</summary>
    public IReadOnlyList<PageForm> Forms => [.. FormPattern().Matches(Html).Select(match => Read(match, Address))];

    /// <summary>The form that the page is about: the first that is not the language switch.</summary>
    public PageForm MainForm =>
        Forms.First(static form => !form.Action.Contains("handler=Language", StringComparison.Ordinal));

    /// <summary>What the page says, without tags.</summary>
    public string Text => WebUtility.HtmlDecode(SpacePattern().Replace(TagPattern().Replace(Html, " "), " "));

    /// <summary>A header, or null.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var values) ? string.Join(", ", values) : null;

    private static PageForm Read(Match match, Uri address)
    {
        var start = match.Groups["attributes"].Value;
        var fields = InputPattern()
            .Matches(match.Groups["body"].Value)
            .Select(static input => input.Value)
            .Where(static input =>
                Attribute(input, "name") is not null
                && (Attribute(input, "type") != "checkbox" || Attribute(input, "checked") is not null)
            )
            .Select(static input => (Attribute(input, "name")!, Attribute(input, "value") ?? ""));
        return new(
            Attribute(start, "action") ?? address.PathAndQuery,
            Attribute(start, "method") ?? "get",
            [.. fields]
        );
    }

    private static string? Attribute(string tag, string name) =>
        Regex.Match(tag, $"\\s{name}=\"([^\"]*)\"") is { Success: true } match
            ? WebUtility.HtmlDecode(match.Groups[1].Value)
            : null;

    [GeneratedRegex("<form(?<attributes>[^>]*)>(?<body>.*?)</form>", RegexOptions.Singleline)]
    private static partial Regex FormPattern();

    [GeneratedRegex("<input[^>]*>")]
    private static partial Regex InputPattern();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex TagPattern();

    [GeneratedRegex("\\s+")]
    private static partial Regex SpacePattern();
}
