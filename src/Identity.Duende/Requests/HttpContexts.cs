using System.Collections.Specialized;

namespace Identity.DuendeHost.Requests;

/// <summary>The request that Duende's interfaces do not pass on.</summary>
internal static class HttpContexts
{
    /// <exception cref="InvalidOperationException">Asked outside a request: a bug.</exception>
    public static HttpContext Current(this IHttpContextAccessor accessor) =>
        accessor.HttpContext ?? throw new InvalidOperationException("Asked outside a request.");

    /// <summary>Parameters as pairs, a repeated one as several.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Pairs(this NameValueCollection parameters) =>
        parameters
            .AllKeys.OfType<string>()
            .SelectMany(name => (parameters.GetValues(name) ?? []).Select(value => KeyValuePair.Create(name, value)));

    /// <summary>Pairs as Duende reads them.</summary>
    public static NameValueCollection ToCollection(this IEnumerable<KeyValuePair<string, string>> pairs)
    {
        NameValueCollection collection = [];
        foreach (var (name, value) in pairs)
            collection.Add(name, value);
        return collection;
    }
}
