using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.DuendeHost.Requests;

namespace Identity.DuendeHost.Authorize;

/// <summary>The code that the <see cref="Interaction"/> got. Duende makes none.</summary>
internal sealed class CodeResponses(RequestState state) : IAuthorizeResponseGenerator
{
    public Task<AuthorizeResponse> CreateResponseAsync(ValidatedAuthorizeRequest request) =>
        Task.FromResult(new AuthorizeResponse { Request = request, Code = state.Issued!.Code });
}
