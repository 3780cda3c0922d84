using Identity.Core.PersonalData;

namespace Identity.Core.PersonalTokens;

/// <summary>Deletes personal access tokens, with an audit row for each while the account stays.</summary>
internal static class PersonalTokensPersonalData
{
    private const string Audit = """
        INSERT INTO public.audit_logs (user_id, event_type, event_status, details)
        SELECT user_id, 'personal_token_revoked', 'success', jsonb_build_object('personal_token_id', id, 'name', name)
        FROM gone
        """;

    private const string All = $"""
        WITH gone AS (DELETE FROM idp.personal_access_tokens WHERE user_id = @id RETURNING id, user_id, name)
        {Audit}
        """;

    public static PersonalDataStatements Statements { get; } =
        new("PersonalTokens")
        {
            Erase = "DELETE FROM idp.personal_access_tokens WHERE user_id = @id",
            FirstProof = All,
            Secure = All,
            PasswordReset = All,
            UndoEmailChange = $"""
                WITH gone AS (DELETE FROM idp.personal_access_tokens WHERE user_id = @id AND created_at >= @since
                    RETURNING id, user_id, name)
                {Audit}
                """,
        };
}
