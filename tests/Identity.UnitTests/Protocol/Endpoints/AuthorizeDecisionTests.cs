using Identity.Core.Clients;
using Identity.Core.Sessions;
using Identity.Server.Protocol.Endpoints.Authorize.Decision;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Requests.Authorization;
using Identity.Server.Protocol.Requests.Resumption;
using Identity.UnitTests.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Protocol.Endpoints;

/// <summary>What becomes of a valid authorization request, for every state that it can meet.</summary>
public sealed class AuthorizeDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid SessionId = Guid.NewGuid();
    private static readonly Client Web = ProtocolClients.Read(("TokenEndpointAuthMethod", "none"));
    private static readonly Client Native = ProtocolClients.Read(
        ("Profile", "Native"),
        ("RedirectUris:0", "http://127.0.0.1/cb")
    );

    // What was asked of a person who proved themselves afterwards, and of one who has not yet.
    private static readonly MarkerContent AskedBefore = new(Now.AddMinutes(-6), SessionId, Now.AddHours(-1));
    private static readonly MarkerContent AskedAfter = new(Now, SessionId, Now.AddMinutes(-5));

    [Fact]
    public void A_person_with_a_session_that_suits_gets_a_code() =>
        Assert.Equal(SessionId, Assert.IsType<AuthorizeDecision.Grant>(Decide()).Session.Id);

    [Theory]
    [InlineData("login")]
    [InlineData("select_account")]
    [InlineData("consent")]
    [InlineData("")]
    public void Without_a_session_the_person_signs_in_whatever_else_is_asked(string prompt) =>
        Assert.Equal(SignIn, Decide(prompt: prompt, signedIn: false));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_is_asked_to_create_an_account_signs_up_although_somebody_is_signed_in(bool signedIn) =>
        Assert.Equal(
            new AuthorizeDecision.Show(EndpointPaths.SignUpPage, MarkerKind.Reauthenticate),
            Decide(prompt: "create", signedIn: signedIn)
        );

    [Fact]
    public void Without_a_session_and_without_pages_the_client_is_told_login_required() =>
        Assert.Equal("login_required", ErrorOf(Decide(prompt: "none", signedIn: false)));

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void The_session_of_another_person_than_the_client_means_asks_for_a_sign_in_once(bool hinted, bool claimed)
    {
        var first = Decide(hinted: hinted, claimed: claimed);
        var again = Decide(hinted: hinted, claimed: claimed, answers: new(Reauthenticate: AskedBefore));

        Assert.Equal(SignIn, first);
        Assert.Equal("login_required", ErrorOf(again));
    }

    [Fact]
    public void Prompt_login_is_satisfied_by_a_proof_that_came_after_the_question()
    {
        Assert.Equal(SignIn, Decide(prompt: "login"));
        Assert.Equal(SignIn, Decide(prompt: "login", answers: new(Reauthenticate: AskedAfter)));
        Assert.IsType<AuthorizeDecision.Grant>(Decide(prompt: "login", answers: new(Reauthenticate: AskedBefore)));
    }

    [Theory]
    [InlineData("299", true)]
    [InlineData("300", false)]
    [InlineData("3600", false)]
    public void The_sign_in_may_be_as_old_as_max_age(string maxAge, bool asks) =>
        Assert.Equal(asks, Decide(extra: ("max_age", maxAge)) == SignIn);

    [Fact]
    public void Select_account_is_satisfied_by_a_choice_or_a_new_sign_in()
    {
        Assert.Equal(
            new AuthorizeDecision.Show(EndpointPaths.ChooseAccountPage, MarkerKind.Reauthenticate),
            Decide(prompt: "select_account")
        );
        Assert.IsType<AuthorizeDecision.Grant>(
            Decide(prompt: "select_account", answers: new(AccountChosen: new(Now, SessionId)))
        );
        Assert.IsType<AuthorizeDecision.Grant>(
            Decide(prompt: "select_account", answers: new(Reauthenticate: AskedBefore))
        );
    }

    [Fact]
    public void Prompt_consent_is_satisfied_by_the_answer_of_this_very_session()
    {
        Assert.Equal(Consent, Decide(prompt: "consent"));
        Assert.Equal(Consent, Decide(prompt: "consent", answers: new(AskConsent: new(Now, Guid.NewGuid()))));
        Assert.IsType<AuthorizeDecision.Grant>(
            Decide(prompt: "consent", answers: new(AskConsent: new(Now, SessionId)))
        );
    }

    [Fact]
    public void A_second_factor_that_the_client_asks_for_is_shown_or_refused()
    {
        Assert.Equal(
            new AuthorizeDecision.Show(EndpointPaths.ConfirmIdentityPage),
            Decide(extra: ("acr_values", "aal2"))
        );
        Assert.Equal("interaction_required", ErrorOf(Decide(prompt: "none", extra: ("acr_values", "aal2"))));
        Assert.Equal(
            "unmet_authentication_requirements",
            ErrorOf(
                Decide(extra: ("claims", """{"id_token":{"acr":{"essential":true,"values":["urn:example:retina"]}}}"""))
            )
        );
    }

    [Fact]
    public void A_redirect_that_others_on_the_device_can_receive_is_seen_by_the_person_each_time()
    {
        Assert.Equal(Consent, Decide(client: Native));
        Assert.Equal("interaction_required", ErrorOf(Decide(client: Native, prompt: "none")));
        Assert.IsType<AuthorizeDecision.Grant>(Decide(client: Native, answers: new(AskConsent: new(Now, SessionId))));
    }

    [Fact]
    public void A_person_who_declines_is_reported_before_anything_else_is_asked()
    {
        PageAnswers denied = new(Deny: new(Now, Error: "access_denied"));

        Assert.Equal("access_denied", ErrorOf(Decide(signedIn: false, answers: denied)));
        Assert.Equal(
            "unmet_authentication_requirements",
            ErrorOf(
                Decide(
                    extra: ("claims", """{"id_token":{"acr":{"essential":true,"values":["aal2"]}}}"""),
                    answers: denied
                )
            )
        );
    }

    [Fact]
    public void Consent_that_is_not_stored_is_a_page_or_consent_required()
    {
        Assert.Equal(Consent, AuthorizeDecision.Consent(VisitOf()));
        Assert.Equal("consent_required", ErrorOf(AuthorizeDecision.Consent(VisitOf(prompt: "none"))));
    }

    [Fact]
    public void With_several_accounts_a_choice_comes_before_what_is_asked_of_the_chosen_one()
    {
        AuthorizeVisit asked = VisitOf(prompt: "select_account login") with { ChoosesFirst = true };
        var chosen = asked with { Answers = new(AccountChosen: new(Now, SessionId)) };
        var absent = VisitOf(signedIn: false) with { MayChoose = true };
        var silent = VisitOf(prompt: "none", signedIn: false) with { MayChoose = true };

        Assert.Equal(ChooseAccount, AuthorizeDecision.Of(asked));
        Assert.Equal(SignIn, AuthorizeDecision.Of(chosen));
        Assert.Equal(ChooseAccount, AuthorizeDecision.Of(absent));
        Assert.Equal("account_selection_required", ErrorOf(AuthorizeDecision.Of(silent)));
    }

    [Fact]
    public void The_account_of_a_login_hint_signs_in_unless_the_person_has_just_signed_in_as_another()
    {
        var other = VisitOf() with { IsHintedLogin = false };

        Assert.Equal(SignIn, AuthorizeDecision.Of(other));
        Assert.IsType<AuthorizeDecision.Grant>(
            AuthorizeDecision.Of(other with { Answers = new(Reauthenticate: AskedBefore) })
        );
    }

    [Fact]
    public void A_proof_of_another_session_is_new_only_if_it_is_later_than_the_question()
    {
        // The session that was asked had proved itself an hour ago; this one did so five minutes ago.
        MarkerContent asked = new(Now.AddMinutes(-1), Guid.NewGuid(), Now.AddHours(-1), ReadAt: Now.AddMinutes(-1));
        var earlier = asked with { ReadAt = Now.AddMinutes(-6) };

        Assert.Equal(SignIn, Decide(prompt: "login", answers: new(Reauthenticate: asked)));
        Assert.IsType<AuthorizeDecision.Grant>(Decide(prompt: "login", answers: new(Reauthenticate: earlier)));
    }

    private static AuthorizeDecision ChooseAccount { get; } =
        new AuthorizeDecision.Show(EndpointPaths.ChooseAccountPage, MarkerKind.Reauthenticate);

    private static AuthorizeDecision SignIn { get; } =
        new AuthorizeDecision.Show(EndpointPaths.SignInPage, MarkerKind.Reauthenticate);

    private static AuthorizeDecision Consent { get; } =
        new AuthorizeDecision.Show(EndpointPaths.ConsentPage, MarkerKind.AskConsent);

    private static string ErrorOf(AuthorizeDecision decision) =>
        Assert.IsType<AuthorizeDecision.Refuse>(decision).Denial.Error;

    private static AuthorizeDecision Decide(
        Client? client = null,
        string prompt = "",
        bool signedIn = true,
        bool hinted = true,
        bool claimed = true,
        (string Name, string Value)? extra = null,
        PageAnswers? answers = null
    ) => AuthorizeDecision.Of(VisitOf(client, prompt, signedIn, hinted, claimed, extra, answers));

    // The person signed in five minutes ago with one factor.
    private static AuthorizeVisit VisitOf(
        Client? client = null,
        string prompt = "",
        bool signedIn = true,
        bool hinted = true,
        bool claimed = true,
        (string Name, string Value)? extra = null,
        PageAnswers? answers = null
    )
    {
        client ??= Web;
        List<KeyValuePair<string, string>> parameters =
        [
            new("client_id", client.Id),
            new("redirect_uri", client.RedirectUris[0]),
            new("scope", "openid"),
        ];
        if (prompt.Length > 0)
            parameters.Add(new("prompt", prompt));
        if (extra is { } more)
            parameters.Add(new(more.Name, more.Value));
        AuthorizationParameters request = new(parameters);
        return new(
            request,
            client,
            ClaimsRequest.Of(request),
            signedIn ? Session() : null,
            hinted,
            claimed,
            answers ?? new()
        );
    }

    private static ActiveSession Session() =>
        new(
            SessionId,
            Guid.NewGuid(),
            "ada@example.org",
            true,
            "Ada",
            Now.AddMinutes(-5),
            ["pwd"],
            "aal1",
            null,
            Now.AddHours(-2),
            Now,
            Now.AddHours(8),
            false,
            null,
            null,
            null,
            Now,
            1
        );
}
