using System.Text.Json;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>An answer that is no problem.</summary>
internal sealed class ApiResult(int status, byte[] bytes) : IResult
{
    /// <summary>With a body that is written as JSON.</summary>
    public ApiResult(int status, object body)
        : this(status, JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), ApiJson.Options)) { }

    public int Status { get; } = status;

    /// <summary>The version of what is returned, as <c>ETag</c> has it (RFC 9110 section 8.8.3).</summary>
    public string? ETag { get; init; }

    /// <summary>Where what was made is read.</summary>
    public string? Location { get; init; }

    /// <summary>The body, as it is sent; empty for none.</summary>
    public byte[] Bytes { get; } = bytes;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (ETag is not null)
            response.Headers.ETag = ETag;
        if (Location is not null)
            response.Headers.Location = Location;
        if (Bytes.Length == 0)
            return;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = Bytes.Length;
        await response.Body.WriteAsync(Bytes, httpContext.RequestAborted);
    }
}

/// <summary>A part of a list.</summary>
internal sealed class ApiPage<T>
{
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>What to send as <c>cursor</c> for the next part; absent at the end.</summary>
    public string? Next { get; init; }
}
