using Identity.Core.PersonalData;

namespace Identity.Core.Mail;

/// <summary>What Mail forgets: mails that wait, and the record of those that were sent.</summary>
internal static class MailPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Mail") { Erase = "DELETE FROM idp.mail_outbox WHERE user_id = @id" };
}
