using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.People;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>What the API answers to the outcome of an action.</summary>
internal static class ApiAnswer
{
    /// <summary>200 with a body.</summary>
    public static IResult Ok(object body, string? etag = null) =>
        new ApiResult(StatusCodes.Status200OK, body) { ETag = etag };

    /// <summary>201 with a body, and where to read it again.</summary>
    public static IResult Created(string location, object body, string? etag = null) =>
        new ApiResult(StatusCodes.Status201Created, body) { ETag = etag, Location = location };

    /// <summary>204, with the version that stands from now on.</summary>
    public static IResult Done(string? etag = null) =>
        new ApiResult(StatusCodes.Status204NoContent, []) { ETag = etag };

    /// <summary>204, or why not.</summary>
    public static IResult Done(HttpContext http, AdminOutcome outcome) =>
        outcome is AdminOutcome.Done ? Done() : Refuse(http, outcome);

    /// <summary>Does what returns nothing: 204, or why not.</summary>
    /// <param name="act">The action of a room, for who is acting and from where.</param>
    public static async Task<IResult> ActAsync(
        this HttpContext http,
        Func<Operator, RequestContext, CancellationToken, Task<AdminOutcome>> act
    ) => Done(http, await act(http.Caller(), http.ReadRequestContext(), http.RequestAborted));

    /// <summary>What to answer with the value, or why there is none.</summary>
    public static IResult Of<T>(HttpContext http, AdminOutcome<T> outcome, Func<T, IResult> done) =>
        outcome switch
        {
            AdminOutcome<T>.Done value => done(value.Value),
            AdminOutcome<T>.Failed failed => Refuse(http, failed.Reason),
            _ => throw new InvalidOperationException("An outcome is done or failed."),
        };

    /// <summary>Why it was not done.</summary>
    public static IResult Refuse(HttpContext http, AdminOutcome outcome)
    {
        switch (outcome)
        {
            case AdminOutcome.NotFound:
                return ApiProblem.Of(StatusCodes.Status404NotFound, "not_found", "There is no such thing.");
            case AdminOutcome.Stale:
                return ApiProblem.Of(
                    StatusCodes.Status412PreconditionFailed,
                    "stale",
                    "It has changed since it was read. Read it again."
                );
            case AdminOutcome.NeedsProof:
                return NeedsProof(http);
            case AdminOutcome.Refused refused when PersonRule.ForbidsNothing(refused.Rule):
                return ApiProblem.Of(StatusCodes.Status409Conflict, refused.Rule, refused.Text);
            case AdminOutcome.Refused refused:
                return new RefusedAnswer(refused);
            case AdminOutcome.Invalid invalid:
                return ApiProblem.Of(
                    StatusCodes.Status400BadRequest,
                    "invalid",
                    "A value can't be taken.",
                    [.. invalid.More.Prepend(invalid).Select(static fault => new ApiFault(fault.Field, fault.Text))]
                );
            default:
                throw new InvalidOperationException($"{outcome.GetType().Name} is no refusal.");
        }
    }

    // RFC 9470: the client sends its person to sign in again.
    private static IResult NeedsProof(HttpContext http)
    {
        const string Text = "This needs a sign-in of the last five minutes.";
        ApiChallenge.Write(
            http,
            "insufficient_user_authentication",
            Text,
            "max_age",
            ((int)Operator.ProofLifetime.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture)
        );
        return ApiProblem.Of(StatusCodes.Status401Unauthorized, "needs_proof", Text);
    }

    // A refusal stands in the audit log, as one of the console does.
    private sealed class RefusedAnswer(AdminOutcome.Refused refused) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var services = httpContext.RequestServices;
            await services.GetRequiredService<RefusalLog>().NoteAsync(httpContext, httpContext.Caller(), refused.Rule);
            if (AdminPermission.Find(refused.Rule) is { } missing)
                ApiChallenge.Write(httpContext, "insufficient_scope", refused.Text, "scope", missing.Scope);
            await ApiProblem.Of(StatusCodes.Status403Forbidden, refused.Rule, refused.Text).ExecuteAsync(httpContext);
        }
    }
}
