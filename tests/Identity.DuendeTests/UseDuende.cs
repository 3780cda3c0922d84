using System.Runtime.CompilerServices;
using Identity.DuendeHost;
using Identity.Testing;

namespace Identity.DuendeTests;

internal static class UseDuende
{
    /// <summary>Every host of these tests is the one on Duende, unless a test names the other.</summary>
    [ModuleInitializer]
    internal static void Choose()
    {
        IdentityHost.EntryPoint = typeof(DuendeProgram);
        IdentityHost.LeftOut = new HashSet<string> { "Identity:Grants:BackchannelAuthentication" };
    }
}
