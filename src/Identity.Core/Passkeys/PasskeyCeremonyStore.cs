using System.Security.Cryptography;
using System.Text;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;

namespace Identity.Core.Passkeys;

/// <summary>
/// What ASP.NET Core's handler wants to see again when the browser answers, its challenge among it. It stands in the
/// database for five minutes, closed; the browser has a random name of it in a cookie. Whoever finishes takes it out,
/// so a challenge works once (MF-9), on any instance, after any restart.
/// </summary>
public sealed class PasskeyCeremonyStore(Database database, MasterKey master)
{
    private const string Purpose = "passkey_ceremony";

    /// <summary>Keeps the state of a ceremony that begins. The token is for the browser.</summary>
    /// <param name="owner">Whose ceremony it is; null for a sign-in that does not know yet.</param>
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

    /// <summary>Takes the state out: of any number of parallel answers one gets it. Null when it is over, of another
    /// kind, another person's, or begun before the person's credentials changed.</summary>
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
            PasskeyCeremony.SignIn => "sign_in",
            PasskeyCeremony.SecondFactor => "second_factor",
            PasskeyCeremony.StepUp => "step_up",
            _ => throw new ArgumentOutOfRangeException(nameof(ceremony)),
        };
}
