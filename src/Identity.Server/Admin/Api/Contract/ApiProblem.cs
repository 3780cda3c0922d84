using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>What is wrong, by RFC 9457.</summary>
internal sealed class ApiProblem
{
    public const string MediaType = "application/problem+json";

    /// <summary><c>about:blank</c>: the status says what kind it is.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>What is wrong, for a person.</summary>
    public required string Title { get; init; }

    public required int Status { get; init; }

    /// <summary>The same for a program: the permission that is missing, the rule that refused, or a word.</summary>
    public required string Code { get; init; }

    /// <summary>Every member of the request that is at fault.</summary>
    public IReadOnlyList<ApiFault>? Errors { get; init; }

    /// <summary>The id by which the provider's log has the request.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>An answer that is a problem.</summary>
    public static IResult Of(int status, string code, string title, IReadOnlyList<ApiFault>? errors = null) =>
        new Answer(status, code, title, errors);

    private sealed class Answer(int status, string code, string title, IReadOnlyList<ApiFault>? errors) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            return httpContext.Response.WriteAsJsonAsync(
                new ApiProblem
                {
                    Title = title,
                    Status = status,
                    Code = code,
                    Errors = errors,
                    CorrelationId = httpContext.GetCorrelationId(),
                },
                ApiJson.Options,
                MediaType,
                httpContext.RequestAborted
            );
        }
    }
}

/// <summary>A member that is at fault.</summary>
/// <param name="Field">Its name, as the request has it.</param>
/// <param name="Detail">What is wrong with it.</param>
internal sealed record ApiFault(string Field, string Detail);
