using Identity.Core.Data;
using Identity.Core.PersonalData;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Webhooks;

public static class WebhookServices
{
    /// <summary>Adds the room Webhooks; its settings are <c>Identity:Webhooks</c>. Needs Data, Keys, Administration and
    /// Hosting's <see cref="IWebhookSender"/>.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WebhookOptions>().Bind(configuration.GetSection(WebhookOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddSingleton<WebhookSignature>().AddSingleton<WebhookLedger>().AddSingleton<WebhookAdministration>();
        services.AddSingleton<WebhookDeliveryStore>().AddSingleton<WebhookListener>();
        services.AddSingleton<IChannelSubscriber>(static provider => provider.GetRequiredService<WebhookListener>());
        services.AddHostedService<WebhookDeliverer>();
        // That the account is gone still leaves; it names the account's id only, until its retention ends.
        services.AddPersonalData(
            new("Webhooks")
            {
                Erase = """
                WITH gone AS (SELECT seq FROM idp.events WHERE user_id = @id AND type <> 'user.deleted'),
                     deliveries AS (
                         DELETE FROM idp.webhook_deliveries WHERE event_seq IN (SELECT seq FROM gone))
                DELETE FROM idp.events WHERE seq IN (SELECT seq FROM gone)
                """,
            }
        );
        return services;
    }
}
