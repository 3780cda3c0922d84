using Identity.Core.Data;
using Identity.Core.PersonalData;
using Identity.Core.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Mail;

public static class MailServices
{
    /// <summary>Adds the room Mail and its background sender; its settings are <c>Identity:Mail</c>. Needs Data and
    /// Keys.</summary>
    public static IServiceCollection AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MailOptions>().Bind(configuration.GetSection(MailOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MailOptions>, MailOptionsValidator>();
        services.AddSingleton<MailLinks>();
        services.AddSingleton<MailTexts>();
        services.AddSingleton<MailOutbox>();
        services.AddSingleton<SecurityNotices>();
        services.AddSingleton<MailboxReader>();
        services.AddSingleton<MailDelivery>();
        services.AddSingleton<MailLedger>();
        services.AddSingleton<MailServer>().AddSingleton<MailAdministration>();
        services.AddSingleton<IServiceWarning, MailWarning>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<IChangeSubscriber>(static provider => provider.GetRequiredService<OutboxSignal>());
        services.AddHostedService<MailSender>();
        services.AddPersonalData(MailPersonalData.Statements);
        return services;
    }
}
