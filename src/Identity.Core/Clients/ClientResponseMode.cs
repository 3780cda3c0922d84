namespace Identity.Core.Clients;

/// <summary>The values of <c>response_mode</c> (OAuth 2.0 Multiple Response Types 2.1, Form Post Response Mode, JARM
/// 2.3).</summary>
public static class ClientResponseMode
{
    public const string Query = "query";
    public const string FormPost = "form_post";
    public const string Fragment = "fragment";
    public const string Jwt = "jwt";
    public const string QueryJwt = "query.jwt";
    public const string FormPostJwt = "form_post.jwt";
    public const string FragmentJwt = "fragment.jwt";

    /// <summary>The default of a client that names none.</summary>
    public static IReadOnlyList<string> Default { get; } = [Query, FormPost];

    public static IReadOnlyList<string> All { get; } =
    [Query, FormPost, Fragment, Jwt, QueryJwt, FormPostJwt, FragmentJwt];

    /// <summary>A fragment stays in the browser's history and is open to every script of the page: only for clients
    /// that ask for it.</summary>
    public static IReadOnlyList<string> OnRequestOnly { get; } = [Fragment, FragmentJwt];
}
