using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Denials;

/// <summary> Why a request was refused: the public error and, separately, the rule with the expected and received
/// values. It never contains secrets.
/// </summary>
/// <param name="Rule">The name of the class that refused.</param>
/// <param name="Error">The protocol's error code, such as <c>invalid_request</c>.</param>
/// <param name="Description">For the developer of the client. Contains nothing from the request.</param>
/// <param name="Expected">What would have been accepted; for the operator only.</param>
/// <param name="Received">What was received; for the operator only.</param>
internal sealed record Denial(
    string Rule,
    string Error,
    string Description,
    string? Expected = null,
    string? Received = null
);

internal static class Denying
{
    /// <summary>Refuses the request and records the reason for the log.</summary>
    public static void Deny(this BaseValidatingContext context, Denial denial)
    {
        context.Transaction.SetProperty(typeof(Denial).FullName!, denial);
        context.Reject(denial.Error, denial.Description);
    }

    /// <summary>The reason recorded by an own rule; null if a rule of the engine refused.</summary>
    public static Denial? FindDenial(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<Denial>(typeof(Denial).FullName!);
}
