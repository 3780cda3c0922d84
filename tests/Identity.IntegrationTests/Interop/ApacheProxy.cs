using System.Diagnostics;
using System.Net.Sockets;
using Identity.Testing;

namespace Identity.IntegrationTests.Interop;

/// <summary>
/// Debian's Apache in front of a backend, as a relying party or as a resource server: its own folder, its own port, in
/// the foreground, and ended with the test. Started by root it steps down to www-data, as it does on every server;
/// otherwise it stays who it is.
/// </summary>
internal sealed class ApacheProxy : IAsyncDisposable
{
    private const string Program = "/usr/sbin/apache2";
    private readonly string _folder;
    private readonly Process _process;

    private ApacheProxy(string folder, Process process, Uri address)
    {
        _folder = folder;
        _process = process;
        Address = address;
    }

    /// <summary>Where people find it.</summary>
    public Uri Address { get; }

    /// <summary>What went wrong, by its own account.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(_folder, "error.log");

    /// <summary>Starts it with mod_auth_openidc. Under <c>/private</c> everybody must have signed in; under
    /// <c>/open</c> nobody.</summary>
    public static Task<ApacheProxy> StartRelyingPartyAsync(
        Uri address,
        Uri issuer,
        string clientId,
        string secret,
        Uri backend
    ) => StartAsync(address, RelyingParty(address, issuer, clientId, secret, backend));

    /// <summary>Starts it with mod_oauth2. <c>/bearer</c> takes bearer tokens of the issuer, <c>/bound</c> tokens that
    /// are bound by DPoP.</summary>
    public static Task<ApacheProxy> StartResourceServerAsync(Uri address, Uri issuer, Uri backend) =>
        StartAsync(address, ResourceServer(issuer, backend));

    private static async Task<ApacheProxy> StartAsync(Uri address, string rules)
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException(
                "Apache is missing: apt-get install apache2-bin libapache2-mod-auth-openidc libapache2-mod-oauth2."
            );
        var folder = Path.Combine(Path.GetTempPath(), "identity-apache-" + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "httpd.conf");
        await File.WriteAllTextAsync(file, Configuration(folder, address, rules));
        var start = new ProcessStartInfo(Program, ["-D", "FOREGROUND", "-d", folder, "-f", file])
        {
            WorkingDirectory = folder,
        };
        ApacheProxy proxy = new(
            folder,
            Process.Start(start) ?? throw new InvalidOperationException("Apache did not start."),
            address
        );
        try
        {
            await proxy.WaitAsync();
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // Asked first, for its parent then takes its workers and their locks with it.
            using (
                var kill = Process.Start(
                    "kill",
                    ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]
                )
            )
                await kill.WaitForExitAsync();
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(10));
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task WaitAsync()
    {
        for (var attempt = 0; attempt < 200 && !_process.HasExited; attempt++)
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync("127.0.0.1", Address.Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException($"Apache never listened on {Address}:{Environment.NewLine}{Log}");
    }

    private static string Configuration(string folder, Uri address, string rules) =>
        $"""
            ServerRoot "{folder}"
            ServerName localhost
            Listen 127.0.0.1:{address.Port}
            PidFile "{folder}/apache.pid"
            DefaultRuntimeDir "{folder}"
            Mutex "file:{folder}" default
            ErrorLog "{folder}/error.log"
            LogLevel warn
            {(Environment.IsPrivilegedProcess ? "User www-data\nGroup www-data" : "")}
            StartServers 1
            ServerLimit 1
            ThreadsPerChild 8
            MaxRequestWorkers 8
            {rules}
            """;

    // What its README tells everybody to write, with PKCE; nothing is switched off for us.
    private static string RelyingParty(Uri address, Uri issuer, string clientId, string secret, Uri backend) =>
        $"""
            {Load([.. Modules, "auth_openidc"])}
            OIDCProviderMetadataURL {new Uri(issuer, ".well-known/openid-configuration").AbsoluteUri}
            OIDCClientID {clientId}
            OIDCClientSecret {secret}
            OIDCRedirectURI {new Uri(address, "oidc/callback").AbsoluteUri}
            OIDCCryptoPassphrase {ConfiguredProvider.NewSecret()}
            OIDCScope "openid profile email offline_access api"
            OIDCPKCEMethod S256
            OIDCRemoteUserClaim sub

            <Location "/oidc">
              AuthType openid-connect
              Require valid-user
            </Location>
            <Location "/private">
              AuthType openid-connect
              Require valid-user
              ProxyPass "{new Uri(backend, "private").AbsoluteUri}"
            </Location>
            <Location "/open">
              Require all granted
              ProxyPass "{new Uri(backend, "open").AbsoluteUri}"
            </Location>
            """;

    private static string ResourceServer(Uri issuer, Uri backend)
    {
        var keys = new Uri(issuer, ".well-known/jwks.json").AbsoluteUri;
        return $"""
            {Load([.. Modules, "oauth2"])}
            <Location "/bearer">
              AuthType oauth2
              OAuth2TokenVerify jwks_uri {keys} jwks_uri.ssl_verify=false
              OAuth2TargetPass prefix=OAUTH2_CLAIM_&headers=true
              Require valid-user
              ProxyPass "{new Uri(backend, "bearer").AbsoluteUri}"
            </Location>
            <Location "/bound">
              AuthType oauth2
              OAuth2AcceptTokenIn header type=DPoP
              OAuth2TokenVerify jwks_uri {keys} jwks_uri.ssl_verify=false&type=dpop
              OAuth2TargetPass prefix=OAUTH2_CLAIM_&headers=true
              Require valid-user
              ProxyPass "{new Uri(backend, "bound").AbsoluteUri}"
            </Location>
            """;
    }

    private static string Load(IEnumerable<string> modules) =>
        string.Join(
            '\n',
            modules.Select(static module => $"LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so")
        );

    private static readonly string[] Modules =
    [
        "mpm_event",
        "authn_core",
        "authz_core",
        "authz_user",
        "proxy",
        "proxy_http",
    ];
}
