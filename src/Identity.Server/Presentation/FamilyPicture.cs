using Identity.Core.Grants;
using Identity.Server.Presentation.Languages;
using Identity.Server.Presentation.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Presentation;

/// <summary>The diagram of an app's refresh family, in the language of the page.</summary>
internal static class FamilyPicture
{
    /// <param name="app">The name of the app.</param>
    /// <param name="family">Its generations, or the newest of them.</param>
    /// <param name="now">The current time, to determine expired tokens.</param>
    public static string Draw(
        string app,
        IEnumerable<RefreshGeneration> family,
        DateTimeOffset now,
        IStringLocalizer<SharedTexts> texts
    ) =>
        TokenFamilyDiagram.Draw(
            [
                .. family.Select(static token => new TokenGeneration(
                    token.Generation,
                    token.CreatedAt,
                    token.UsedAt,
                    token.RevokedAt,
                    token.ExpiresAt
                )),
            ],
            now,
            new(
                texts["Family.Title", Bidi.Isolate(app)],
                state => texts[$"Family.{state}"],
                (count, state) => texts["Family.Description", count, texts[$"Family.{state}"].Value]
            )
        );
}
