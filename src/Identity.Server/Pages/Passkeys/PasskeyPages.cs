using Identity.Core.Mail;
using Identity.Core.Passkeys;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Passkeys;

internal static class PasskeyPages
{
    /// <summary> Adds ASP.NET Core's passkey handler with this provider's tables. Relying party and origin are those of
    /// the configured issuer, whatever host a request names; the operator may list related origins. User verification
    /// (PIN or biometrics) is always required, so a passkey counts as two factors (MF-9).
    /// </summary>
    public static void AddPasskeyPages(this IServiceCollection services)
    {
        services.AddSingleton<PasskeyCeremonies>();
        services.AddSingleton<PasskeyHandlers>();
        services.AddSingleton<PasskeyRegistration>();
        services.AddSingleton<CredentialSignals>();
        services.AddSingleton(static provider =>
            Options.Create(
                OptionsFor(
                    provider.GetRequiredService<MailLinks>().SignIn,
                    provider.GetRequiredService<IOptions<PasskeyOptions>>().Value
                )
            )
        );
    }

    private static IdentityPasskeyOptions OptionsFor(Uri address, PasskeyOptions settings)
    {
        HashSet<string> origins = [address.GetLeftPart(UriPartial.Authority), .. settings.RelatedOrigins];
        return new()
        {
            ServerDomain = address.IdnHost,
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            AttestationConveyancePreference = "none",
            AuthenticatorTimeout = TimeSpan.FromMinutes(5),
            ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && origins.Contains(context.Origin)),
        };
    }
}
