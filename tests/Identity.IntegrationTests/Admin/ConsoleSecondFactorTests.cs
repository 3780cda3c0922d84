using System.Net;
using Identity.Core.Administration;
using Identity.Server.Admin.Console;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;

namespace Identity.IntegrationTests.Admin;

/// <summary>Outside Development the console asks for two factors.</summary>
public sealed class ConsoleSecondFactorTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private static readonly System.Reflection.MethodInfo Overview =
        typeof(Identity.Server.Admin.Console.Shell.OverviewModel).GetMethod("OnGetAsync")!;
    private static readonly System.Reflection.MethodInfo Explanation =
        typeof(Identity.Server.Admin.Console.Shell.SecondFactorModel).GetMethod("OnGet")!;

    [Theory]
    [InlineData("{pwd}", false, typeof(ConsoleEntry.SecondFactor))]
    [InlineData("{pwd}", true, typeof(ConsoleEntry.SecondFactor))]
    [InlineData("{pwd,otp,mfa}", true, typeof(ConsoleEntry.Open))]
    [InlineData("{pop,user,mfa}", false, typeof(ConsoleEntry.Open))]
    public async Task A_session_of_one_factor_stays_outside(string amr, bool hasFactor, Type expected)
    {
        var user = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(user);
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET amr = @amr::text[] WHERE user_id = @id",
            ("amr", amr),
            ("id", user.Id)
        );
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = @on, two_factor_secret = CASE WHEN @on THEN '\\x00'::bytea END "
                + "WHERE id = @id",
            ("on", hasFactor),
            ("id", user.Id)
        );
        ConsoleGate gate = new(
            fixture.Service<OperatorReader>(),
            fixture.Service<Identity.Server.Admin.RefusalLog>(),
            new Elsewhere()
        );

        var entry = await gate.JudgeAsync(Request(browser.Cookie("__Host-identity")!), Overview);
        var explanation = await gate.JudgeAsync(Request(browser.Cookie("__Host-identity")!), Explanation);

        Assert.IsType(expected, entry);
        if (entry is ConsoleEntry.SecondFactor asked)
            Assert.Equal(hasFactor, asked.IsSetUp);
        Assert.IsType<ConsoleEntry.Open>(explanation);
    }

    private DefaultHttpContext Request(string session)
    {
        DefaultHttpContext http = new() { RequestServices = fixture.Host.Services.CreateScope().ServiceProvider };
        http.Request.Method = HttpMethods.Get;
        http.Request.Headers.Cookie = new StringValues($"__Host-identity={session}");
        return http;
    }

    private sealed class Elsewhere : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;
        public string ApplicationName { get; set; } = "identity";
        public string ContentRootPath { get; set; } = "/";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
