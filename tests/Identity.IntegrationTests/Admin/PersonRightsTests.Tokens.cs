using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.PersonalTokens;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

// Tokens that an operator makes in the name of a person.
public sealed partial class PersonRightsTests
{
    private const string MakeToken = "handler=MakeToken";

    [Fact]
    public async Task PT_8_a_token_for_a_person_is_shown_once_audited_with_who_made_it_and_told_by_mail()
    {
        var person = await fixture.UserAsync();
        using var admin = await fixture.OperatorAsync();
        var page = await admin.GetAsync($"/admin/people/{person.Id}");

        var made = await admin.SubmitAsync(
            page,
            [("Token.Name", "Night <b>report</b>"), ("Token.Scopes", "reports"), ("Token.Days", "7")],
            MakeToken
        );
        var again = await admin.GetAsync($"/admin/people/{person.Id}");

        Assert.True(PersonalToken.TryParse(Regex.Match(made.Html, PersonalToken.Pattern).Value, out var token));
        Assert.InRange(
            made.Html.IndexOf(token.Value, StringComparison.Ordinal),
            0,
            made.Html.IndexOf("<dl class=\"facts\">", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(PersonalToken.Prefix, again.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>report", again.Html, StringComparison.Ordinal);
        Assert.Equal(
            "reports|7",
            await fixture.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', array_to_string(scopes, ' '), extract(day FROM expires_at - created_at)::integer)
                FROM idp.personal_access_tokens WHERE user_id = @id AND token_hash = @hash
                """,
                ("id", person.Id),
                ("hash", token.Digest.Value)
            )
        );
        var audit = await fixture.AuditAsync(person.Id, "personal_token_created");
        Assert.Contains("\"action\": \"personal-token.create\"", audit, StringComparison.Ordinal);
        Assert.Contains("\"by\": \"person\"", audit, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Value, audit, StringComparison.Ordinal);
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "personal_token_created"));
    }

    [Theory]
    [InlineData("Night report", "ledger", "7", "Token_Scopes")]
    [InlineData("Night report", "identity.users.read", "7", "Token_Scopes")]
    [InlineData("Night report", "", "7", "Token_Scopes")]
    [InlineData(" ", "reports", "7", "Token_Name")]
    [InlineData("Night report", "reports", "400", "Token_Days")]
    [InlineData("Night report", "reports", "for ever", "Token_Days")]
    public async Task PT_8_a_token_has_no_more_than_the_person_holds_and_no_longer_life(
        string name,
        string scope,
        string days,
        string field
    )
    {
        var person = await fixture.UserAsync();
        using var admin = await fixture.OperatorAsync();
        var page = await admin.GetAsync($"/admin/people/{person.Id}");

        var answer = await admin.SubmitAsync(
            page,
            [("Token.Name", name), ("Token.Scopes", scope), ("Token.Days", days)],
            MakeToken
        );

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains($"href=\"#{field}\"", answer.Html, StringComparison.Ordinal);
        Assert.Equal(0, await TokensAsync(person));
    }

    [Fact]
    public async Task PT_8_a_token_needs_its_permission_a_fresh_proof_and_an_account_that_may_act()
    {
        var person = await fixture.UserAsync();
        var holder = await fixture.HolderAsync(AdminRole.Admin);
        using var admin = await fixture.SignedInAsync(holder);
        using var support = await fixture.OperatorAsync(AdminRole.Support);
        var page = await admin.GetAsync($"/admin/people/{person.Id}");
        (string, string)[] form = [("Token.Name", "Report"), ("Token.Scopes", "reports"), ("Token.Days", "7")];

        var seen = await support.GetAsync($"/admin/people/{person.Id}");
        await fixture.Database.ExecuteAsync("UPDATE users SET is_disabled = true WHERE id = @id", ("id", person.Id));
        var disabled = await admin.SubmitAsync(page, form, MakeToken);
        await fixture.Database.ExecuteAsync("UPDATE users SET is_disabled = false WHERE id = @id", ("id", person.Id));
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = auth_time - interval '6 minutes' WHERE user_id = @id",
            ("id", holder.Id)
        );
        var old = await admin.SubmitAsync(page, form, MakeToken);

        Assert.DoesNotContain(MakeToken, seen.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, disabled.Status);
        Assert.StartsWith("/confirm-identity", old.Location, StringComparison.Ordinal);
        Assert.Equal(0, await TokensAsync(person));
    }

    private Task<long> TokensAsync(UserAccount person) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.personal_access_tokens WHERE user_id = @id",
            ("id", person.Id)
        );
}
