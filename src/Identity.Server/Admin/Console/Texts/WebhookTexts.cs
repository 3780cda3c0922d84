namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the texts of <c>WebhookTexts.json</c>: webhooks and their deliveries.</summary>
internal sealed class WebhookTexts;
