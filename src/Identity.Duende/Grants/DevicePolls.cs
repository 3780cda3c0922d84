using Duende.IdentityServer.Models;
using Duende.IdentityServer.ResponseHandling;
using Duende.IdentityServer.Validation;
using Identity.Core.Grants;
using Identity.Core.Grants.DeviceAuthorization;
using Identity.DuendeHost.Requests;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Grants.Polling;

namespace Identity.DuendeHost.Grants;

/// <summary>The device authorization endpoint (RFC 8628 section 3.1): both codes are a row of this provider. One SQL
/// command.</summary>
internal sealed class DeviceRequests(
    DeviceAuthorizationStore devices,
    Issuer issuer,
    RequestState state,
    IHttpContextAccessor accessor
) : IDeviceAuthorizationResponseGenerator
{
    public async Task<DeviceAuthorizationResponse> ProcessAsync(
        DeviceAuthorizationRequestValidationResult validationResult,
        string baseUrl
    )
    {
        var (http, client) = (accessor.Current(), state.Client!);
        string[] scopes = [.. validationResult.ValidatedRequest.RequestedScopes];
        var codes = await devices.IssueAsync(
            new(client.Id, scopes, [], null, http.ReadRequestContext(), client.DeviceCodeLifetime),
            http.RequestAborted
        );
        var page = issuer.UrlOf(EndpointPaths.DevicePage);
        return new()
        {
            DeviceCode = codes.DeviceCode,
            UserCode = codes.UserCode.Display,
            VerificationUri = page,
            VerificationUriComplete = $"{page}?user_code={codes.UserCode.Display}",
            DeviceCodeLifetime = (int)codes.Lifetime.TotalSeconds,
            Interval = (int)codes.Interval.TotalSeconds,
        };
    }
}

/// <summary>The device grant (RFC 8628 section 3.4): one statement decides on a poll, the tokens are created in the
/// transaction that consumes the request, and of any number at once one gets them. One SQL command, two with
/// tokens.</summary>
internal sealed class DevicePolls(
    DeviceAuthorizationStore devices,
    RefreshTokenStore tokens,
    Redemptions redemptions,
    RequestState state,
    IHttpContextAccessor accessor
) : IDeviceCodeValidator
{
    public async Task ValidateAsync(DeviceCodeValidationContext context)
    {
        var (http, client) = (accessor.Current(), state.Client!);
        if (!await redemptions.AreTokensPossibleAsync(client, http.RequestAborted))
        {
            Refuse(context);
            return;
        }
        var (result, issued) = await devices.PollAsync(
            context.DeviceCode,
            client.Id,
            (transaction, request, cancellation) =>
                tokens.IssueFirstAsync(
                    transaction,
                    PollRules.FirstOf(client, request, state.Key, http.ReadRequestContext()),
                    cancellation
                ),
            http.RequestAborted
        );
        if (issued is null)
            redemptions.Refuse(PollRules.RefusalOf(result, nameof(DevicePolls)));
        else if (redemptions.Note(client, nameof(DevicePolls), issued, null) is { } grant)
        {
            Grant(context, grant);
            return;
        }
        Refuse(context);
    }

    private void Grant(DeviceCodeValidationContext context, TokenGrant grant)
    {
        var subject = Subjects.Of(
            grant.Subject.Id.ToString("D"),
            DateTimeOffset.FromUnixTimeSeconds(grant.Details.AuthTime),
            grant.Details.Amr
        );
        context.Request.DeviceCode = new DeviceCode
        {
            ClientId = grant.ClientId,
            Subject = subject,
            AuthorizedScopes = state.Issuance!.Scopes,
            IsAuthorized = true,
        };
        (context.Request.Subject, context.Request.SessionId) = (subject, grant.SessionId?.ToString("D"));
        context.Result = new(context.Request);
    }

    private void Refuse(DeviceCodeValidationContext context) =>
        context.Result = new(context.Request, state.Denial!.Error, state.Denial.Description);
}
