using Identity.Core.Credentials;

namespace Identity.Core.Passkeys;

/// <summary>What an authenticator reports with each answer (WebAuthn 3, section 6.1), or what the server last stored of
/// it.</summary>
/// <param name="SignCount">Its counter; 0 if it has none.</param>
/// <param name="IsBackupEligible">The flag BE: the key may be copied to other devices.</param>
/// <param name="IsBackedUp">The flag BS: the key has been copied.</param>
public sealed record PasskeyReport(uint SignCount, bool IsBackupEligible, bool IsBackedUp);

/// <summary>The outcome of an answer with a valid signature.</summary>
public abstract record PasskeyUse
{
    private PasskeyUse() { }

    /// <summary>It proves its owner.</summary>
    public sealed record Accepted(CredentialProof Owner) : PasskeyUse;

    /// <summary>The counter did not increase: the answer was used before, or the key was copied.</summary>
    public sealed record CounterRanBack : PasskeyUse;

    /// <summary>The passkey was removed meanwhile, or its owner may not act.</summary>
    public sealed record Gone : PasskeyUse;
}

/// <summary> The policy for changes in what an authenticator reports. WebAuthn 3 calls these values signals: genuine
/// authenticators change some of them, so a change alone refuses nobody (docs/security-requirements.md).
/// </summary>
internal static class PasskeySignals
{
    /// <summary>The signals to record in the audit log, possibly none; null refuses the answer.</summary>
    public static IReadOnlyList<string>? Judge(PasskeyReport known, PasskeyReport reported)
    {
        if (reported.SignCount != 0 && reported.SignCount <= known.SignCount)
            return null;
        List<string> noted = [];
        if (reported.IsBackupEligible != known.IsBackupEligible)
            noted.Add(reported.IsBackupEligible ? "backup_eligible" : "backup_no_longer_eligible");
        // A password manager that begins to sync a key stops counting, because several devices share no counter.
        if (reported.SignCount == 0 && known.SignCount != 0)
            noted.Add("counter_stopped");
        return noted;
    }
}
