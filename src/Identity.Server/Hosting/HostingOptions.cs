using System.Net;

namespace Identity.Server.Hosting;

/// <summary>The host's settings in section <c>Identity</c>.</summary>
internal sealed class HostingOptions
{
    public const string Section = "Identity";

    /// <summary>The issuer and the base of every link (RV-9): https, no query, no fragment.
    /// <c>http://localhost:5000</c> in Development.</summary>
    public string? Issuer { get; set; }

    /// <summary>Allows an http issuer on loopback outside Development: for tests of production mode on one
    /// machine.</summary>
    public bool AllowInsecureIssuer { get; set; }

    /// <summary>Further host names that are served, in addition to the issuer's (WB-8). <c>*.example.com</c> covers
    /// every name below.</summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>The proxies whose forwarded headers are trusted (BF-6).</summary>
    public ProxyOptions Proxies { get; } = new();

    /// <summary>How long the host accepts requests after SIGTERM while it reports that it is not ready, so that load
    /// balancers notice.</summary>
    public TimeSpan ShutdownDelay { get; set; } = TimeSpan.Zero;

    /// <summary>How long running requests may take to end after that. Default: 30 seconds.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may take. Default: 30 seconds.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a statement waits for a lock. Default: 5 seconds; zero keeps the server's setting.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The maximum number of concurrent connections, reduced to what the limit of open files allows. Default:
    /// as many as that.</summary>
    public int? MaxConnections { get; set; }

    /// <summary>Where researchers report a vulnerability, as <c>mailto:</c> or <c>https:</c>; shown in
    /// <c>/.well-known/security.txt</c> (RFC 9116). Without it there is no such page.</summary>
    public string? SecurityContact { get; set; }

    /// <summary>A demo person and demo clients. Development only.</summary>
    public bool Demo { get; set; }

    /// <summary>Reads the section. An unreadable value is a fault, by its key.</summary>
    public static HostingOptions Read(IConfiguration configuration, List<string> faults)
    {
        HostingOptions options = new();
        try
        {
            configuration.GetSection(Section).Bind(options);
        }
        catch (InvalidOperationException unreadable)
        {
            faults.Add($"{unreadable.Message.TrimEnd('.')}.");
        }

        return options;
    }

    /// <summary>Every fault, each by its key.</summary>
    public IEnumerable<string> Check(bool development)
    {
        if (CheckIssuer(development) is { } wrong)
            yield return $"{Section}:{nameof(Issuer)}: {wrong}";
        if (Demo && !development)
            yield return $"{Section}:{nameof(Demo)}: demo people and clients exist in Development only. Their secrets "
                + "are known to anyone who can read files on this machine.";
        if (
            SecurityContact is not null
            && !(
                Uri.TryCreate(SecurityContact, UriKind.Absolute, out var contact)
                && contact.Scheme is "mailto" or "https"
            )
        )
            yield return $"{Section}:{nameof(SecurityContact)}: '{SecurityContact}' is neither mailto:... nor "
                + "https://...";
        foreach (
            var host in Hosts.Where(static host =>
                Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host)
                == UriHostNameType.Unknown
            )
        )
            yield return $"{Section}:{nameof(Hosts)}: '{host}' is not a host name.";
        foreach (
            var (name, value) in new[]
            {
                (nameof(RequestTimeout), RequestTimeout),
                (nameof(ShutdownTimeout), ShutdownTimeout),
            }
        )
        {
            if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromMinutes(10))
                yield return $"{Section}:{name}: must be between one second and ten minutes.";
        }

        if (LockTimeout < TimeSpan.Zero || LockTimeout > TimeSpan.FromMinutes(1))
            yield return $"{Section}:{nameof(LockTimeout)}: must be between zero and one minute.";
        if (MaxConnections is < ConnectionLimit.Min)
            yield return $"{Section}:{nameof(MaxConnections)}: must be {ConnectionLimit.Min} or more.";
        if (ShutdownDelay < TimeSpan.Zero || ShutdownDelay > TimeSpan.FromMinutes(5))
            yield return $"{Section}:{nameof(ShutdownDelay)}: must be between zero and five minutes.";
        foreach (var fault in Proxies.Check())
            yield return fault;
    }

    private string? CheckIssuer(bool development)
    {
        if (string.IsNullOrWhiteSpace(Issuer))
            return "is missing. Set it to the https address under which browsers and apps reach this provider.";
        if (!Uri.TryCreate(Issuer, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
            return $"'{Issuer}' is not an address such as https://id.example.com.";
        if (address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
            return "must have no query, no fragment and no user (OpenID Connect Discovery 1.0 section 3).";
        if (address.AbsolutePath != "/")
            return "must have no path: its cookies are bound to the whole host. Give the provider a host name of its "
                + "own.";
        if (address.Scheme == "https" || development)
            return null;
        return AllowInsecureIssuer && address.IsLoopback
            ? null
            : "must be https outside Development: over http, anybody on the way reads passwords and tokens.";
    }
}

/// <summary>Proxies whose forwarded headers are trusted. None by default.</summary>
internal sealed class ProxyOptions
{
    private const string Section = $"{HostingOptions.Section}:Proxies";

    /// <summary>Addresses of proxies.</summary>
    public IList<string> Addresses { get; } = [];

    /// <summary>Networks of proxies, such as <c>10.0.0.0/8</c>.</summary>
    public IList<string> Networks { get; } = [];

    /// <summary>The number of proxies in a chain.</summary>
    public int Hops { get; set; } = 1;

    /// <summary>Whether any proxy is configured.</summary>
    public bool Any => Addresses.Count + Networks.Count > 0;

    public IEnumerable<string> Check()
    {
        foreach (var address in Addresses.Where(static address => !IPAddress.TryParse(address, out _)))
            yield return $"{Section}:{nameof(Addresses)}: '{address}' is not an IP address.";
        foreach (var network in Networks.Where(static network => !IPNetwork.TryParse(network, out _)))
            yield return $"{Section}:{nameof(Networks)}: '{network}' is not a network such as 10.0.0.0/8.";
        if (Hops is < 1 or > 10)
            yield return $"{Section}:{nameof(Hops)}: must be 1 to 10.";
    }
}
