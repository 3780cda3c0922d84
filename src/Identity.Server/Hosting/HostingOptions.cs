using System.Net;

namespace Identity.Server.Hosting;

/// <summary>What the host itself takes from section <c>Identity</c>.</summary>
internal sealed class HostingOptions
{
    public const string Section = "Identity";

    /// <summary>The issuer and the base of every link (RV-9): https, no query, no fragment.
    /// <c>http://localhost:5000</c> in Development.</summary>
    public string? Issuer { get; set; }

    /// <summary>Lets an http issuer on loopback stand outside Development: for tests of the production mode on one
    /// machine.</summary>
    public bool AllowInsecureIssuer { get; set; }

    /// <summary>Further host names under which requests are taken, beside the issuer's (WB-8). <c>*.example.com</c>
    /// covers every name below.</summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>Which proxies may say who the client is (BF-6).</summary>
    public ProxyOptions Proxies { get; } = new();

    /// <summary>How long the host still takes requests after SIGTERM while it says that it is not ready, for load
    /// balancers that look now and then.</summary>
    public TimeSpan ShutdownDelay { get; set; } = TimeSpan.Zero;

    /// <summary>How long requests under way may take to end after that. 30 seconds.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may take. 30 seconds.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a statement waits for a row or a lock that another one holds. 5 seconds; zero leaves it to the
    /// server.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many connections are taken at once, at most; beyond what the limit of open files allows it is cut
    /// to that. As many as that allows, where it is not set.</summary>
    public int? MaxConnections { get; set; }

    /// <summary>Where researchers report a vulnerability, as <c>mailto:</c> or <c>https:</c>; shown in
    /// <c>/.well-known/security.txt</c> (RFC 9116). Null for no such page.</summary>
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
                + "are known to whoever reads this machine.";
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

/// <summary>Proxies whose forwarded headers are believed. None are, unless they are listed.</summary>
internal sealed class ProxyOptions
{
    private const string Section = $"{HostingOptions.Section}:Proxies";

    /// <summary>Addresses of proxies.</summary>
    public IList<string> Addresses { get; } = [];

    /// <summary>Networks of proxies, such as <c>10.0.0.0/8</c>.</summary>
    public IList<string> Networks { get; } = [];

    /// <summary>How many proxies stand in a row.</summary>
    public int Hops { get; set; } = 1;

    /// <summary>Whether there is one at all.</summary>
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
