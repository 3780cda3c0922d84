using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Protocol.Requests.Resumption;

/// <summary>The parameters of a request as a local URL, with which a person returns to it.</summary>
internal static class ParameterUrl
{
    /// <summary>The parameters as received, from query or form.</summary>
    public static IReadOnlyList<KeyValuePair<string, StringValues>> ParametersOf(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.HasFormContentType ? [.. request.Form] : [.. request.Query];

    public static string Of(
        string path,
        IEnumerable<KeyValuePair<string, StringValues>> parameters,
        params (string Name, string Value)[] more
    )
    {
        QueryBuilder query = [];
        foreach (var (name, values) in parameters.Where(parameter => more.All(one => one.Name != parameter.Key)))
        {
            foreach (var value in values)
                query.Add(name, value ?? string.Empty);
        }
        foreach (var (name, value) in more)
            query.Add(name, value);
        return path + query.ToQueryString();
    }
}
