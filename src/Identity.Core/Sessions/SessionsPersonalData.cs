using Identity.Core.PersonalData;

namespace Identity.Core.Sessions;

/// <summary>What Sessions forgets. On a first proof and when a change is undone, sessions end and their rows
/// stay.</summary>
internal static class SessionsPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Sessions")
        {
            // Families, refresh tokens, session grants and lists of clients go with a session (ON DELETE CASCADE). The
            // ledger of logouts stays: it holds ids only, and the clients are still to be told.
            Erase = """
                DELETE FROM public.sessions WHERE user_id = @id;
                DELETE FROM idp.session_counts WHERE user_id = @id
                """,
        };
}
