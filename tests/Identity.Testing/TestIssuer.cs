using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Configuration;

namespace Identity.Testing;

/// <summary>An issuer by name, for tests of rules without a host.</summary>
internal static class TestIssuer
{
    /// <summary>The issuer, read as the program reads it from its configuration.</summary>
    public static Issuer Of(string name) =>
        Issuer.Read(
            new ConfigurationBuilder().AddInMemoryCollection([new(Issuer.Key, name)]).Build(),
            new Microsoft.Extensions.Hosting.Internal.HostingEnvironment()
        );
}
