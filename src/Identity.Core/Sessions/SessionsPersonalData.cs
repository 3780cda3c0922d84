using Identity.Core.PersonalData;

namespace Identity.Core.Sessions;

/// <summary>Deletes sessions. On a first proof and when a change is undone, sessions end but their rows stay.</summary>
internal static class SessionsPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Sessions")
        {
            // Families, refresh tokens, session grants and lists of clients are deleted with a session (ON DELETE
            // CASCADE). The logout ledger stays: it contains only ids, and the clients have still to be notified.
            Erase = """
                DELETE FROM public.sessions WHERE user_id = @id;
                DELETE FROM idp.session_counts WHERE user_id = @id
                """,
        };
}
