namespace Identity.IntegrationTests.Pages;

/// <summary>A host that offers passkeys after a sign-in with a password, creates them without a gesture, and lists a
/// related origin.</summary>
public sealed class PasskeyOfferFixture : IAsyncLifetime
{
    public const string RelatedOrigin = "https://accounts.example.net";

    public PagesFixture Pages { get; } =
        new(
            new Dictionary<string, string?>
            {
                ["Identity:Passkeys:Offer"] = "true",
                ["Identity:Passkeys:CreateAutomatically"] = "true",
                ["Identity:Passkeys:RelatedOrigins:0"] = RelatedOrigin,
            }
        );

    public Task InitializeAsync() => Pages.InitializeAsync();

    public Task DisposeAsync() => Pages.DisposeAsync();
}
