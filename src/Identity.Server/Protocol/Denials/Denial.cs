using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Denials;

/// <summary>
/// Why a request was refused: what the sender is told, and, apart from it, the rule with what it wanted and what came.
/// Secrets never stand in one.
/// </summary>
/// <param name="Rule">The name of the class that refused.</param>
/// <param name="Error">The protocol's word, such as <c>invalid_request</c>.</param>
/// <param name="Description">For the developer of the client. Holds nothing that the sender typed.</param>
/// <param name="Expected">What would have passed; for the operator only.</param>
/// <param name="Received">What came; for the operator only.</param>
internal sealed record Denial(
    string Rule,
    string Error,
    string Description,
    string? Expected = null,
    string? Received = null
);

internal static class Denying
{
    /// <summary>Refuses the request and keeps the reason for the log.</summary>
    public static void Deny(this BaseValidatingContext context, Denial denial)
    {
        context.Transaction.SetProperty(typeof(Denial).FullName!, denial);
        context.Reject(denial.Error, denial.Description);
    }

    /// <summary>The reason that one of our rules left; null when the engine's own rule refused.</summary>
    public static Denial? FindDenial(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<Denial>(typeof(Denial).FullName!);
}
