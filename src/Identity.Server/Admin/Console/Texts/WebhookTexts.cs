namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the resource files <c>WebhookTexts.*.resx</c>: webhooks and their deliveries.</summary>
internal sealed class WebhookTexts;
