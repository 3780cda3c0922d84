using Identity.Core.PersonalData;

namespace Identity.Core.Users;

/// <summary>Blanks the account's row, which stays so that its id is never used again (ID-4).</summary>
internal static class UsersPersonalData
{
    public static PersonalDataStatements Statements { get; } =
        new("Users")
        {
            Erase = """
                UPDATE public.users SET
                    email = 'erased-' || id || '@erased.invalid', email_verified = false,
                    password_hash = NULL, password_changed_at = NULL,
                    two_factor_enabled = false, two_factor_secret = NULL, two_factor_last_step = NULL,
                    two_factor_enabled_at = NULL, operator_locked_until = NULL,
                    failed_login_attempts = 0, account_locked_until = NULL, last_login_at = NULL, last_login_ip = NULL,
                    name = NULL, given_name = NULL, family_name = NULL, middle_name = NULL, nickname = NULL,
                    preferred_username = NULL, profile = NULL, picture = NULL, website = NULL, gender = NULL,
                        birthdate = NULL,
                    zoneinfo = NULL, locale = NULL, phone_number = NULL, phone_number_verified = false, address = NULL,
                    deleted_at = coalesce(deleted_at, now())
                WHERE id = @id
                """,
        };
}
