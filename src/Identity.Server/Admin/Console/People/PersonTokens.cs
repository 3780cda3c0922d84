using System.Globalization;
using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Core.People;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.People;

/// <summary>The personal access tokens of the person.</summary>
internal sealed partial class PersonModel
{
    public sealed class TokenForm
    {
        public string? Name { get; set; }
        public IList<string> Scopes { get; set; } = [];
        public string? Days { get; set; } = "30";

        /// <summary>The life in days; 0 for anything but a number, which is refused.</summary>
        public int Chosen =>
            int.TryParse(Days, NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : 0;
    }

    [BindProperty]
    public TokenForm Token { get; set; } = new();

    /// <summary>The scopes that the person may give a token; empty if the operator may not make one.</summary>
    public IReadOnlyList<ApiScope> OfferedScopes { get; private set; } = [];

    /// <summary>A token that was just made; shown once.</summary>
    public string? NewToken { get; private set; }

    [Permission("users.tokens")]
    public async Task<IActionResult> OnPostMakeTokenAsync()
    {
        var outcome = await tokens.CreateAsync(
            Operator,
            Id,
            new(Token.Name ?? "", [.. Token.Scopes], Token.Chosen),
            RequestContext,
            Aborted
        );
        if (outcome is not AdminOutcome<MadePersonalToken>.Done made)
            return await AnswerAsync(outcome, static _ => "/admin/people", AgainAsync, "Token");
        NewToken = made.Value.Token.Value;
        ModelState.Clear();
        Token = new();
        return await AgainAsync();
    }

    [Permission("users.sessions")]
    public async Task<IActionResult> OnPostRevokeTokenAsync(Guid token) =>
        await AnswerAsync(
            await tokens.RevokeAsync(Operator, Id, token, RequestContext, Aborted),
            Done("token"),
            AgainAsync
        );
}
