using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

/// <summary>Section <c>Identity:Keys</c>: where the master key comes from, and how signing keys live and die.</summary>
public sealed class KeysOptions
{
    public const string Section = "Identity:Keys";

    /// <summary>The master key: 32 random bytes in base64. Wins over <see cref="MasterKeyFile"/>.</summary>
    public string? MasterKey { get; set; }

    /// <summary>A file whose first line is the master key and whose further lines are former ones, which still decrypt
    /// what they encrypted.</summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>Former master keys, in base64: they decrypt what they encrypted, and encrypt nothing
    /// new.</summary>
    public IList<string> PreviousMasterKeys { get; } = [];

    /// <summary>The algorithms of which a signing key is kept. ES256 and RS256 where none is named.</summary>
    public IList<string> SigningAlgorithms { get; } = [];

    /// <summary>What signs access tokens: ES256, an eighth of the time of RS256. Another one for APIs that know no
    /// elliptic curve; a key of it is kept.</summary>
    public string AccessTokenAlgorithm { get; set; } = SigningAlgorithm.ES256;

    /// <summary>How long a signing key signs. 90 days.</summary>
    public TimeSpan SigningLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a signing key is published before it signs (KM-3): longer than any client caches the key set.
    /// 3 days.</summary>
    public TimeSpan AnnounceBefore { get; set; } = TimeSpan.FromDays(3);

    /// <summary>How long a signing key stays published after its last signature: longer than any token it signed. 7
    /// days.</summary>
    public TimeSpan PublishAfter { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often the rotation job looks. 1 hour.</summary>
    public TimeSpan RotationInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Whether successors are made by schedule. Where it is off, warnings come 30, 14 and 3 days before the
    /// last key ends. On.</summary>
    public bool AutomaticRotation { get; set; } = true;

    internal IReadOnlyList<string> EffectiveAlgorithms =>
        SigningAlgorithms.Count > 0 ? [.. SigningAlgorithms.Distinct()] : ["ES256", "RS256"];
}

/// <summary>Reports every wrong setting of <c>Identity:Keys</c> at once, each by its key.</summary>
internal sealed class KeysOptionsValidator : IValidateOptions<KeysOptions>
{
    public ValidateOptionsResult Validate(string? name, KeysOptions options)
    {
        List<string> failures = [];
        if (!options.EffectiveAlgorithms.Contains(options.AccessTokenAlgorithm))
            failures.Add(
                $"{KeysOptions.Section}:AccessTokenAlgorithm: '{options.AccessTokenAlgorithm}' is not among the "
                    + "algorithms of which a key is kept."
            );
        foreach (var algorithm in options.EffectiveAlgorithms.Where(a => !SigningAlgorithm.IsSupported(a)))
            failures.Add(
                $"{KeysOptions.Section}:SigningAlgorithms: '{algorithm}' is not one of "
                    + $"{string.Join(", ", SigningAlgorithm.Supported)}."
            );
        if (!options.EffectiveAlgorithms.Contains(SigningAlgorithm.ES256))
            failures.Add(
                $"{KeysOptions.Section}:SigningAlgorithms: ES256 must be among them: it is what the engine signs with "
                    + "by default."
            );
        if (options.SigningLifetime < TimeSpan.FromHours(1))
            failures.Add($"{KeysOptions.Section}:SigningLifetime: must be one hour or more.");
        if (options.AnnounceBefore < TimeSpan.Zero || options.AnnounceBefore >= options.SigningLifetime)
            failures.Add($"{KeysOptions.Section}:AnnounceBefore: must be zero or more, and less than SigningLifetime.");
        if (options.PublishAfter < TimeSpan.FromHours(1))
            failures.Add(
                $"{KeysOptions.Section}:PublishAfter: must be one hour or more, for tokens outlive the key that "
                    + "signed them."
            );
        if (options.RotationInterval < TimeSpan.FromSeconds(1) || options.RotationInterval > TimeSpan.FromDays(1))
            failures.Add($"{KeysOptions.Section}:RotationInterval: must be between one second and one day.");
        if (
            options.AutomaticRotation
            && options.AnnounceBefore + (2 * options.RotationInterval) >= options.SigningLifetime
        )
            failures.Add(
                $"{KeysOptions.Section}:SigningLifetime: must be longer than AnnounceBefore and twice "
                    + "RotationInterval together, or keys are never young enough."
            );
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
