using System.Collections.Frozen;
using System.Reflection;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.BotDefence;
using Identity.Core.Clients;
using Identity.Core.Detection;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Core.Languages;
using Identity.Core.Logout;
using Identity.Core.Mail;
using Identity.Core.Maintenance;
using Identity.Core.Monitoring;
using Identity.Core.Passkeys;
using Identity.Core.Passwords;
using Identity.Core.PersonalTokens;
using Identity.Core.Places;
using Identity.Core.Recovery;
using Identity.Core.Risk;
using Identity.Core.SignUp;
using Identity.Core.Webhooks;
using Identity.Server.Hosting.Observability;
using Identity.Server.Pages.External.Providers;
using Identity.Server.Pages.SignIn;
using Identity.Server.Presentation.Assets;
using Identity.Server.Presentation.Branding;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Registration;
using Identity.Server.Protocol.Requests.Outbound;
using SessionCacheOptions = Identity.Core.Sessions.SessionCacheOptions;
using SessionOptions = Identity.Core.Sessions.SessionOptions;

namespace Identity.Server.Hosting;

/// <summary>The shape of a configuration key.</summary>
internal abstract record SettingShape
{
    private SettingShape() { }

    /// <summary>One value.</summary>
    internal sealed record Value(Type Type) : SettingShape;

    /// <summary>Named settings.</summary>
    internal sealed record Section(FrozenDictionary<string, SettingShape> Settings) : SettingShape;

    /// <summary>Numbered elements.</summary>
    internal sealed record List(SettingShape Element) : SettingShape;

    /// <summary>Elements with names chosen by the operator.</summary>
    internal sealed record Map(SettingShape Element) : SettingShape;
}

/// <summary>Every setting of the program, derived from the options classes.</summary>
internal static class SettingsCatalog
{
    /// <summary>The root section.</summary>
    public const string Root = "Identity";

    /// <summary>The options classes, by their section.</summary>
    public static IReadOnlyDictionary<string, Type> Classes { get; } =
        new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase)
        {
            [HostingOptions.Section] = typeof(HostingOptions),
            [AdminOptions.Section] = typeof(AdminOptions),
            [AuditOptions.Section] = typeof(AuditOptions),
            [AuthorizationDetailsOptions.Section] = typeof(AuthorizationDetailsOptions),
            [BotDefenceOptions.Section] = typeof(BotDefenceOptions),
            [AssetOptions.Section] = typeof(AssetOptions),
            [BrandingOptions.Section] = typeof(BrandingOptions),
            [DetectionOptions.Section] = typeof(DetectionOptions),
            [DpopOptions.Section] = typeof(DpopOptions),
            [GrantOptions.Section] = typeof(GrantOptions),
            [KeysOptions.Section] = typeof(KeysOptions),
            [LogoutOptions.Section] = typeof(LogoutOptions),
            [MailOptions.Section] = typeof(MailOptions),
            [MaintenanceOptions.Section] = typeof(MaintenanceOptions),
            [MonitoringOptions.Section] = typeof(MonitoringOptions),
            [MutualTlsOptions.Section] = typeof(MutualTlsOptions),
            [OutboundOptions.Section] = typeof(OutboundOptions),
            [PasskeyOptions.Section] = typeof(PasskeyOptions),
            [PasswordOptions.Section] = typeof(PasswordOptions),
            [PersonalTokenOptions.Section] = typeof(PersonalTokenOptions),
            [PlaceOptions.Section] = typeof(PlaceOptions),
            [PushedAuthorizationOptions.Section] = typeof(PushedAuthorizationOptions),
            [RecoveryOptions.Section] = typeof(RecoveryOptions),
            [RegistrationOptions.Section] = typeof(RegistrationOptions),
            [ClientDocumentOptions.Section] = typeof(ClientDocumentOptions),
            [RiskOptions.Section] = typeof(RiskOptions),
            [SessionOptions.Section] = typeof(SessionOptions),
            [SessionCacheOptions.Section] = typeof(SessionCacheOptions),
            [SignInPageOptions.Section] = typeof(SignInPageOptions),
            [SignUpOptions.Section] = typeof(SignUpOptions),
            [TelemetryOptions.Section] = typeof(TelemetryOptions),
            [TextOptions.Section] = typeof(TextOptions),
            [WebhookOptions.Section] = typeof(WebhookOptions),
        };

    /// <summary>The classes of which an operator can configure any number, each under a name.</summary>
    public static IReadOnlyDictionary<string, Type> NamedClasses { get; } =
        new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase)
        {
            ["Identity:Clients"] = typeof(ClientDefinition),
            ["Identity:Scopes"] = typeof(ScopeDefinition),
            [ExternalProviderOptions.Root] = typeof(ExternalProviderOptions),
            [BrandingOptions.ThemesSection] = typeof(BrandingOptions),
        };

    // Sections with their own readers, which validate them.
    private static readonly string[] Singles = [Logging.LevelKey, DemoData.WebAppKey];

    /// <summary>Everything below <see cref="Root"/>.</summary>
    public static SettingShape.Section Shape { get; } = BuildShape();

    private static SettingShape.Section BuildShape()
    {
        Dictionary<string, SettingShape> settings = new(SectionOf(typeof(HostingOptions)).Settings);
        foreach (var (section, type) in Classes.Where(static entry => entry.Key != HostingOptions.Section))
            settings.Add(NameOf(section), SectionOf(type));
        foreach (var (section, type) in NamedClasses)
            settings.Add(NameOf(section), new SettingShape.Map(SectionOf(type)));
        foreach (var key in Singles)
        {
            var parts = key.Split(':');
            SettingShape.Value text = new(typeof(string));
            settings.Add(parts[1], parts.Length == 2 ? text : Section(new() { [parts[2]] = text }));
        }
        return Section(settings);
    }

    private static string NameOf(string section) => section[(Root.Length + 1)..];

    private static SettingShape.Section SectionOf(Type type) =>
        Section(
            type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(static property => property.GetMethod is not null && IsBound(property))
                .ToDictionary(static property => property.Name, static property => ShapeOf(property.PropertyType))
        );

    // The binder sets writable properties and fills existing collections and sections.
    private static bool IsBound(PropertyInfo property) =>
        property.SetMethod is { IsPublic: true } || ShapeOf(property.PropertyType) is not SettingShape.Value;

    private static SettingShape.Section Section(Dictionary<string, SettingShape> settings) =>
        new(settings.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));

    private static SettingShape ShapeOf(Type type)
    {
        if (ElementOf(type, typeof(IDictionary<,>)) is [_, var value])
            return new SettingShape.Map(ShapeOf(value));
        if (type != typeof(string) && ElementOf(type, typeof(IEnumerable<>)) is [var element])
            return new SettingShape.List(ShapeOf(element));
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsClass && bare.Assembly.GetName().Name is "identity" or "Identity.Core"
            ? SectionOf(bare)
            : new SettingShape.Value(bare);
    }

    private static Type[] ElementOf(Type type, Type open) =>
        type.GetInterfaces()
            .Append(type)
            .FirstOrDefault(face => face.IsGenericType && face.GetGenericTypeDefinition() == open)
            ?.GetGenericArguments()
        ?? [];
}
