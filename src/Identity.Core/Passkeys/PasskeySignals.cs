using Identity.Core.Credentials;

namespace Identity.Core.Passkeys;

/// <summary>What an authenticator reports of itself with each answer (WebAuthn 3, section 6.1), and what the server
/// last stored of it.</summary>
/// <param name="SignCount">Its counter; 0 where it keeps none.</param>
/// <param name="IsBackupEligible">The flag BE: the key may be copied to other devices.</param>
/// <param name="IsBackedUp">The flag BS: it is.</param>
public sealed record PasskeyReport(uint SignCount, bool IsBackupEligible, bool IsBackedUp);

/// <summary>What became of an answer whose signature is right.</summary>
public abstract record PasskeyUse
{
    private PasskeyUse() { }

    /// <summary>It proves its owner.</summary>
    public sealed record Accepted(CredentialProof Owner) : PasskeyUse;

    /// <summary>The counter stood still or ran back: the answer was used before, or the key has a copy.</summary>
    public sealed record CounterRanBack : PasskeyUse;

    /// <summary>The passkey was removed meanwhile, or its owner may not act.</summary>
    public sealed record Gone : PasskeyUse;
}

/// <summary>
/// The policy for what an authenticator reports over time. WebAuthn 3 calls these values signals: a good authenticator
/// changes some of them, so a change alone refuses nobody (docs/security-requirements.md).
/// </summary>
internal static class PasskeySignals
{
    /// <summary>The signals to note in the audit log, which may be none; null refuses the answer.</summary>
    public static IReadOnlyList<string>? Judge(PasskeyReport known, PasskeyReport reported)
    {
        if (reported.SignCount != 0 && reported.SignCount <= known.SignCount)
            return null;
        List<string> noted = [];
        if (reported.IsBackupEligible != known.IsBackupEligible)
            noted.Add(reported.IsBackupEligible ? "backup_eligible" : "backup_no_longer_eligible");
        // A password manager that begins to sync a key stops counting: several devices have no common counter.
        if (reported.SignCount == 0 && known.SignCount != 0)
            noted.Add("counter_stopped");
        return noted;
    }
}
