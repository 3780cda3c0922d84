using System.Net;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Requests.Outbound;

/// <summary>Section <c>Identity:Outbound</c>: the addresses that this provider may call.</summary>
internal sealed class OutboundOptions
{
    public const string Section = "Identity:Outbound";

    /// <summary>Private networks, such as <c>10.20.0.0/16</c>, in which this organisation's clients run.</summary>
    public IList<string> AllowedNetworks { get; } = [];
}

internal sealed class OutboundOptionsValidator : IValidateOptions<OutboundOptions>
{
    public ValidateOptionsResult Validate(string? name, OutboundOptions options)
    {
        string[] failures =
        [
            .. options
                .AllowedNetworks.Where(text => !IPNetwork.TryParse(text, out _))
                .Select(
                    (text, index) =>
                        $"{OutboundOptions.Section}:AllowedNetworks:{index}: "
                        + $"'{text}' is not a network such as 10.20.0.0/16."
                ),
        ];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}

/// <summary>The addresses that may be called: public ones, those of configured networks, and loopback in
/// Development.</summary>
internal sealed class OutboundAddresses(IOptions<OutboundOptions> options, IHostEnvironment environment)
{
    private readonly IPNetwork[] _networks = [.. options.Value.AllowedNetworks.Select(text => IPNetwork.Parse(text))];
    private readonly bool _loopback = environment.IsDevelopment();

    /// <summary>Whether a connection to the address may be opened.</summary>
    public bool MayConnect(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return PublicAddress.IsPublic(plain)
            || (_loopback && IPAddress.IsLoopback(plain))
            || _networks.Any(network => network.Contains(plain));
    }
}
