using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

/// <summary>Section <c>Identity:Keys</c>: the source of the master key and the lifecycle of signing keys.</summary>
public sealed class KeysOptions
{
    public const string Section = "Identity:Keys";

    /// <summary>The master key: 32 random bytes in base64. Takes precedence over <see cref="MasterKeyFile"/>.</summary>
    public string? MasterKey { get; set; }

    /// <summary>A file whose first line is the master key and whose further lines are former ones, which still decrypt
    /// what they encrypted.</summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>Former master keys, in base64: they decrypt what they encrypted, and encrypt nothing
    /// new.</summary>
    public IList<string> PreviousMasterKeys { get; } = [];

    /// <summary>The algorithms for which a signing key is kept. Default: ES256 and RS256.</summary>
    public IList<string> SigningAlgorithms { get; } = [];

    /// <summary>The algorithm of access tokens. Default: ES256. Another one is for APIs without support for elliptic
    /// curves; a key for it must be kept.</summary>
    public string AccessTokenAlgorithm { get; set; } = SigningAlgorithm.ES256;

    /// <summary>How long a signing key signs. Default: 90 days.</summary>
    public TimeSpan SigningLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a signing key is published before it signs (KM-3): longer than any client caches the key set.
    /// Default: 3 days.</summary>
    public TimeSpan AnnounceBefore { get; set; } = TimeSpan.FromDays(3);

    /// <summary>How long a signing key stays published after its last signature: longer than any token that it signed.
    /// Default: 7 days.</summary>
    public TimeSpan PublishAfter { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often the rotation job runs. Default: 1 hour.</summary>
    public TimeSpan RotationInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Whether successors are created by schedule. If it is off, warnings are logged 30, 14 and 3 days before
    /// the last key ends. Default: on.</summary>
    public bool AutomaticRotation { get; set; } = true;

    internal IReadOnlyList<string> EffectiveAlgorithms =>
        SigningAlgorithms.Count > 0 ? [.. SigningAlgorithms.Distinct()] : ["ES256", "RS256"];
}

/// <summary>Reports all wrong settings of <c>Identity:Keys</c> together, each by its key.</summary>
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
