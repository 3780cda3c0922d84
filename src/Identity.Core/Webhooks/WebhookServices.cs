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
        // What the erasure itself changes still leaves: its sessions end and the account is deleted. These events name
        // the account's id only, until their retention ends.
        services.AddPersonalData(
            new("Webhooks")
            {
                Erase = """
                WITH gone AS (
                    SELECT e.seq FROM idp.events e WHERE e.user_id = @id
                        AND NOT EXISTS (SELECT FROM idp.webhook_deliveries d
                            WHERE d.event_seq = e.seq AND d.xact = pg_current_xact_id())),
                     deliveries AS (
                         DELETE FROM idp.webhook_deliveries WHERE event_seq IN (SELECT seq FROM gone))
                DELETE FROM idp.events WHERE seq IN (SELECT seq FROM gone)
                """,
            }
        );
        return services;
    }
}
