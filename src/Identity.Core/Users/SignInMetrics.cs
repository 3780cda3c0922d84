using System.Diagnostics.Metrics;
using Identity.Core.Primitives;

namespace Identity.Core.Users;

/// <summary>Counts the results of password sign-ins: alert on the ratio of <c>failure</c> to <c>success</c>
/// (docs/operations.md).</summary>
internal static class SignInMetrics
{
    private static readonly Counter<long> Attempts = IdentityMeter.Instance.CreateCounter<long>(
        "identity.password.attempts",
        "{attempt}",
        "Passwords that people gave to sign in."
    );

    public static PasswordAuthenticationResult Count(PasswordAuthenticationResult result)
    {
        Attempts.Add(
            1,
            new KeyValuePair<string, object?>(
                "result",
                result switch
                {
                    PasswordAuthenticationResult.Success => "success",
                    PasswordAuthenticationResult.Throttled => "throttled",
                    PasswordAuthenticationResult.Busy => "busy",
                    _ => "failure",
                }
            )
        );
        return result;
    }
}
