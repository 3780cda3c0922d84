using Identity.Core.PersonalData;

namespace Identity.Core.Mail;

/// <summary>Deletes waiting mails and the records of sent ones.</summary>
internal static class MailPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Mail") { Erase = "DELETE FROM idp.mail_outbox WHERE user_id = @id" };
}
