using Microsoft.Extensions.Options;

namespace Identity.Server.Presentation.Assets;

/// <summary>Section <c>Identity:Assets</c>: where browsers fetch the style sheet, scripts and pictures.</summary>
internal sealed class AssetOptions
{
    public const string Section = "Identity:Assets";

    /// <summary>The https address of a content delivery network that fetches <c>/assets/</c> from this host, such as
    /// <c>https://static.example.com</c>. None by default: then this host serves them.</summary>
    public Uri? BaseAddress { get; set; }
}

internal sealed class AssetOptionsValidator : IValidateOptions<AssetOptions>
{
    public ValidateOptionsResult Validate(string? name, AssetOptions options) =>
        options.BaseAddress is not { } address
        || address is { IsAbsoluteUri: true, Query: "", Fragment: "", UserInfo: "" }
            && address.Scheme == Uri.UriSchemeHttps
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{AssetOptions.Section}:BaseAddress: must be an https address without a query, such as "
                    + "https://static.example.com."
            );
}
