using System.Security.Cryptography;
using System.Text;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;

namespace Identity.Core.Passkeys;

/// <summary> The state that ASP.NET Core's handler needs when the browser answers, including the challenge. It is
/// stored encrypted in the database for five minutes; the browser has a random token for it in a cookie. Finishing the
/// ceremony consumes it, so a challenge works once (MF-9), on any instance and after a restart.
/// </summary>
public sealed class PasskeyCeremonyStore(Database database, MasterKey master)
{
    private const string Purpose = "passkey_ceremony";

    /// <summary>Stores the state of a new ceremony. The token is for the browser.</summary>
    /// <param name="owner">The person; null for a sign-in that does not know the person yet.</param>
    public async Task<OpaqueToken> BeginAsync(
        PasskeyCeremony ceremony,
        CredentialProof? owner,
        string state,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        await database.ExecuteAsync(
            "INSERT INTO idp.passkey_ceremonies (token_hash, kind, user_id, credential_version, state_protected) "
                + "VALUES (@hash, @kind, @user_id, @version, @state)",
            cancellationToken,
            ("hash", token.Digest),
            ("kind", Text(ceremony)),
            ("user_id", SqlNull.Uuid(owner?.UserId)),
            ("version", SqlNull.Bigint(owner?.Version)),
            ("state", master.Protect(Purpose, Binding(token, ceremony), Encoding.UTF8.GetBytes(state)))
        );
        return token;
    }

    /// <summary>Consumes the state: of any number of parallel answers, one gets it. Null if it has expired, has another
    /// purpose, is another person's, or began before the person's credentials changed.</summary>
    public async Task<string?> TakeAsync(
        OpaqueToken token,
        PasskeyCeremony ceremony,
        CredentialProof? owner,
        CancellationToken cancellationToken
    )
    {
        var state = await database.QuerySingleOrDefaultAsync<byte[]?>(
            """
            DELETE FROM idp.passkey_ceremonies WHERE token_hash = @hash AND kind = @kind
                AND user_id IS NOT DISTINCT FROM @user_id AND credential_version IS NOT DISTINCT FROM @version
                AND expires_at > now()
            RETURNING state_protected
            """,
            static row => row.GetFieldValue<byte[]>(0),
            cancellationToken,
            ("hash", token.Digest),
            ("kind", Text(ceremony)),
            ("user_id", SqlNull.Uuid(owner?.UserId)),
            ("version", SqlNull.Bigint(owner?.Version))
        );
        try
        {
            return state is null
                ? null
                : Encoding.UTF8.GetString(master.Unprotect(Purpose, Binding(token, ceremony), state));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string Binding(OpaqueToken token, PasskeyCeremony ceremony) =>
        $"{Convert.ToHexStringLower(token.Digest.Value)}:{Text(ceremony)}";

    private static string Text(PasskeyCeremony ceremony) =>
        ceremony switch
        {
            PasskeyCeremony.Registration => "registration",
            PasskeyCeremony.AutomaticRegistration => "automatic_registration",
            PasskeyCeremony.SignIn => "sign_in",
            PasskeyCeremony.SecondFactor => "second_factor",
            PasskeyCeremony.StepUp => "step_up",
            _ => throw new ArgumentOutOfRangeException(nameof(ceremony)),
        };
}
