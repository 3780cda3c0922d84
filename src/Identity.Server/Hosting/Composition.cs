using Identity.Core.Administration;
using Identity.Core.Attributes;
using Identity.Core.Audit;
using Identity.Core.BotDefence;
using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Denials;
using Identity.Core.Detection;
using Identity.Core.External;
using Identity.Core.Grants;
using Identity.Core.Import;
using Identity.Core.Keys;
using Identity.Core.Languages;
using Identity.Core.Mail;
using Identity.Core.Maintenance;
using Identity.Core.Monitoring;
using Identity.Core.Passkeys;
using Identity.Core.Passwords;
using Identity.Core.People;
using Identity.Core.PersonalTokens;
using Identity.Core.Places;
using Identity.Core.Privacy;
using Identity.Core.Profile;
using Identity.Core.Recovery;
using Identity.Core.Risk;
using Identity.Core.Roles;
using Identity.Core.Sessions;
using Identity.Core.SignUp;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Core.Webhooks;
using Identity.Server.Admin.Api;
using Identity.Server.Admin.Console;
using Identity.Server.Browser;
using Identity.Server.Hosting.DataProtection;
using Identity.Server.Hosting.Observability;
using Identity.Server.Pages;
using Identity.Server.Pages.Passkeys;
using Identity.Server.Presentation;
using Identity.Server.Protocol;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Hosting;

// Hosting owns the program as an operator sees it: configuration, start-up checks, pipeline, headers, limits, health,
// logging, telemetry. It knows how to register every room, but not their internals.

/// <summary>The list of the provider's parts.</summary>
internal static class Composition
{
    /// <summary>Adds every room and the protocol engine.</summary>
    public static void AddIdentity(this WebApplicationBuilder builder, string connectionString, IProtocolEngine engine)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        var options = HostingOptions.Read(configuration, []);
        builder.AddIdentityLogging(engine.LogLevels);
        builder.AddIdentityTelemetry();
        RequestLimits.AddRequestLimits(builder, options.RequestTimeout, ConnectionLimit.Of(options, connectionString));
        ForwardedAddress.Add(services, options);
        Drain.AddDrain(services, options);
        services.AddSingleton<Health>();
        services.AddSingleton<TimeProvider>(static provider => provider.GetRequiredService<DatabaseClock>());
        services.AddData(
            connectionString,
            options.LockTimeout,
            PostgresConnectionString.ForListening(
                connectionString,
                PostgresConnectionString.ForMigrations(name => configuration[name]) ?? connectionString
            ),
            PostgresConnectionString.ForStandby(name => configuration[name])
        );
        services.AddAudit(configuration);
        services.AddKeys(configuration);
        services.AddLanguages(configuration);
        services.AddPlaces(configuration);
        services.AddMail(configuration);
        services.AddPasswords(configuration);
        services.AddSessions(configuration);
        services.AddRisk(configuration);
        services.AddUsers();
        services.AddTwoFactor();
        services.AddPasskeys(configuration);
        services.AddExternalLogins();
        services.AddAdministration(configuration);
        services.AddRoles();
        services.AddAttributes();
        services.AddRecovery(configuration);
        services.AddSignUp(configuration);
        services.AddPrivacy();
        services.AddBotDefence(configuration);
        services.AddProfile();
        services.AddClients(configuration);
        services.AddImport();
        services.AddGrants(configuration);
        services.AddPersonalTokens(configuration);
        services.AddDenials();
        services.AddPeople();
        services.AddMaintenance(configuration);
        services.AddDetection(configuration);
        services.AddMonitoring(configuration);
        services.AddSingleton<IWebhookSender, WebhookSender>().AddWebhooks(configuration);
        services.AddPersistedDataProtection();
        services.AddBrowser();
        var issuer = Issuer.Read(configuration, builder.Environment);
        services.AddSingleton(issuer);
        services.AddProtocolRules(configuration);
        engine.Add(builder, issuer);
        services.AddPresentation(configuration);
        services.AddHostedPages(configuration);
        services.AddConsole();
        services.AddAdminApi();
    }

    /// <summary>The middleware pipeline, in order.</summary>
    public static void UseIdentity(this WebApplication app, IProtocolEngine engine)
    {
        ConnectionPeer.Use(app);
        ForwardedAddress.Use(app);
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<ErrorAnswers>();
        app.UseMiddleware<AllowedHosts>();
        app.UseMiddleware<AdminHosts>();
        app.UseMiddleware<IssuerScheme>();
        app.UseMiddleware<RequestLimits>();
        app.UseHeadAsGet();
        app.UseRouting();
        app.UsePageMethods();
        app.UseRequestTimeouts();
        app.UseProtocolRules();
        engine.Use(app);
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAdminApi();
        Health.Map(app);
        SecurityText.Map(app);
        PasskeyAddresses.Map(app);
        app.MapPresentation();
    }
}
