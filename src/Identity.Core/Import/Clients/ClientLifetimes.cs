using Identity.Core.Clients;

namespace Identity.Core.Import.Clients;

/// <summary>Limits lifetimes of other systems to those that a client may have here.</summary>
internal static class ClientLifetimes
{
    /// <summary>Limits them, with a note for each.</summary>
    public static void Cut(ClientDefinition definition, List<string> notes)
    {
        var defaults = ClientDefaults.Of(definition.Profile);
        definition.AccessTokenLifetime = Cut(
            definition.AccessTokenLifetime,
            ClientReader.MaxAccessToken,
            nameof(definition.AccessTokenLifetime),
            notes
        );
        definition.IdTokenLifetime = Cut(
            definition.IdTokenLifetime,
            ClientReader.MaxIdToken,
            nameof(definition.IdTokenLifetime),
            notes
        );
        definition.AuthorizationCodeLifetime = Cut(
            definition.AuthorizationCodeLifetime,
            ClientReader.MaxAuthorizationCode,
            nameof(definition.AuthorizationCodeLifetime),
            notes
        );
        definition.DeviceCodeLifetime = Cut(
            definition.DeviceCodeLifetime,
            ClientReader.MaxDeviceCode,
            nameof(definition.DeviceCodeLifetime),
            notes
        );
        definition.RefreshTokenIdleLifetime = Cut(
            definition.RefreshTokenIdleLifetime,
            defaults.RefreshIdle.Most,
            nameof(definition.RefreshTokenIdleLifetime),
            notes
        );
        definition.RefreshTokenAbsoluteLifetime = Cut(
            definition.RefreshTokenAbsoluteLifetime,
            defaults.RefreshAbsolute.Most,
            nameof(definition.RefreshTokenAbsoluteLifetime),
            notes
        );
    }

    private static TimeSpan? Cut(TimeSpan? given, TimeSpan most, string name, List<string> notes)
    {
        if (given is null || given <= most)
            return given;
        notes.Add($"{name}: {given:c} there, cut to {most:c}.");
        return most;
    }
}
