using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Core.Keys;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Protocol.Extensions.Dpop;

public sealed class DpopProofTests : IDisposable
{
    private const string Token = "https://id.example/connect/token";
    private static readonly byte[] Master = RandomNumberGenerator.GetBytes(32);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SettableClock _clock = new();
    private readonly DpopNonces _nonces;
    private readonly DpopProofReader _reader;

    public DpopProofTests()
    {
        _nonces = new(new MasterKey(Master), _clock);
        _reader = new(_nonces, _clock);
    }

    public void Dispose() => _key.Dispose();

    [Fact]
    public void The_example_key_of_RFC_9449_has_the_thumbprint_printed_there()
    {
        using var jwk = JsonDocument.Parse(
            """
            {"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
             "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}
            """
        );

        var key = PublicJwk.Read(jwk.RootElement, "ES256");

        Assert.Equal("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", key!.Thumbprint);
    }

    [Theory]
    [InlineData(Token)]
    [InlineData("HTTPS://ID.EXAMPLE:443/connect/token")]
    [InlineData("https://id.example/connect/token?x=1#y")]
    [InlineData("https://id.example/connect/%74oken")]
    public void A_good_proof_is_accepted_however_its_htu_is_spelt(string htu)
    {
        var proof = Proof(claims => claims["htu"] = htu);

        var result = Read(proof);

        Assert.Equal("one", Assert.IsType<DpopProofResult.Valid>(result).Jti);
    }

    [Theory]
    [InlineData("htm", "\"GET\"")]
    [InlineData("htm", "\"post\"")]
    [InlineData("htu", "\"https://id.example/connect/par\"")]
    [InlineData("htu", "\"https://id.example/connect/TOKEN\"")]
    [InlineData("htu", "\"http://id.example/connect/token\"")]
    [InlineData("htu", "\"https://id.example:8443/connect/token\"")]
    [InlineData("htu", "\"https://me@id.example/connect/token\"")]
    [InlineData("htu", "\"/connect/token\"")]
    [InlineData("jti", "\"\"")]
    [InlineData("jti", "7")]
    [InlineData("iat", "\"now\"")]
    [InlineData("iat", "1e308")]
    [InlineData("iat", null)]
    [InlineData("htu", null)]
    [InlineData("jti", null)]
    public void A_proof_for_something_else_or_with_a_claim_amiss_is_refused(string claim, string? json)
    {
        var proof = Proof(claims =>
        {
            claims.Remove(claim);
            if (json is not null)
                claims[claim] = JsonNode.Parse(json);
        });

        Assert.IsType<DpopProofResult.Invalid>(Read(proof));
    }

    [Theory]
    [InlineData("typ", "\"JWT\"")]
    [InlineData("alg", "\"none\"")]
    [InlineData("alg", "\"HS256\"")]
    [InlineData("alg", "\"RS256\"")]
    [InlineData("alg", "\"ES384\"")]
    [InlineData("crit", "[\"x\"]")]
    [InlineData("jwk", "{}")]
    [InlineData("jwk", "[]")]
    [InlineData("jwk", "{\"kty\":\"oct\",\"k\":\"AAAA\"}")]
    public void A_header_that_is_not_a_proofs_is_refused(string member, string json)
    {
        var proof = Proof(header: header => header[member] = JsonNode.Parse(json));

        Assert.IsType<DpopProofResult.Invalid>(Read(proof));
    }

    [Fact]
    public void A_proof_that_carries_its_private_key_is_refused()
    {
        var proof = Proof(header: header =>
            header["jwk"]!["d"] = Base64Url.EncodeToString(_key.ExportParameters(true).D)
        );

        Assert.Contains(
            "public key",
            Assert.IsType<DpopProofResult.Invalid>(Read(proof)).Reason,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_proof_signed_by_another_key_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var proof = Proof(signer: other);

        Assert.Contains(
            "signature",
            Assert.IsType<DpopProofResult.Invalid>(Read(proof)).Reason,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("exp", -31, false)]
    [InlineData("exp", -29, true)]
    [InlineData("exp", 20, true)]
    [InlineData("nbf", 31, false)]
    [InlineData("nbf", 29, true)]
    public void A_proof_that_limits_itself_is_taken_within_its_limits_and_the_skew(
        string claim,
        int seconds,
        bool valid
    )
    {
        var proof = Proof(claims => claims[claim] = _clock.Now.ToUnixTimeSeconds() + seconds);

        Assert.Equal(valid, Read(proof) is DpopProofResult.Valid);
    }

    [Theory]
    [InlineData(-61, false)]
    [InlineData(-59, true)]
    [InlineData(29, true)]
    [InlineData(31, false)]
    public void A_proof_is_accepted_only_around_its_time(int seconds, bool accepted)
    {
        var proof = Proof(claims => claims["iat"] = _clock.Now.ToUnixTimeSeconds() + seconds);

        Assert.Equal(accepted, Read(proof) is DpopProofResult.Valid);
    }

    [Fact]
    public void With_an_access_token_the_proof_must_name_its_digest()
    {
        var digest = Base64Url.EncodeToString(SHA256.HashData("token"u8));
        var request = new DpopRequest("POST", new(Token), "token", false);

        var results = new[]
        {
            Proof(),
            Proof(claims => claims["ath"] = digest),
            Proof(claims => claims["ath"] = digest + "A"),
        }.Select(proof => _reader.Read([proof], request) is DpopProofResult.Valid);

        Assert.Equal([false, true, false], results);
    }

    [Fact]
    public void A_nonce_is_asked_for_accepted_from_another_instance_and_refused_when_forged_or_old()
    {
        var request = new DpopRequest("POST", new(Token), null, true);
        var nonce = new DpopNonces(new MasterKey(Master), _clock).Issue();
        var foreign = new DpopNonces(new MasterKey(RandomNumberGenerator.GetBytes(32)), _clock).Issue();

        Assert.IsType<DpopProofResult.NonceNeeded>(_reader.Read([Proof()], request));
        Assert.IsType<DpopProofResult.Valid>(_reader.Read([Proof(claims => claims["nonce"] = nonce)], request));
        Assert.IsType<DpopProofResult.NonceNeeded>(_reader.Read([Proof(claims => claims["nonce"] = foreign)], request));
        _clock.Now += DpopNonces.Lifetime + TimeSpan.FromSeconds(1);
        Assert.IsType<DpopProofResult.NonceNeeded>(_reader.Read([Proof(claims => claims["nonce"] = nonce)], request));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("!!.!!.!!")]
    [InlineData("bnVsbA.bnVsbA.AA")]
    [InlineData("e30.e30.e30.e30")]
    public void Rubbish_is_refused_and_never_thrown(string proof) =>
        Assert.IsType<DpopProofResult.Invalid>(Read(proof));

    [Fact]
    public void Two_proofs_a_huge_one_and_doubled_members_are_refused()
    {
        var doubled = Base64Url.EncodeToString("""{"typ":"dpop+jwt","typ":"dpop+jwt"}"""u8);

        Assert.IsType<DpopProofResult.Invalid>(_reader.Read([Proof(), Proof()], new("POST", new(Token), null, false)));
        Assert.IsType<DpopProofResult.Invalid>(Read(new string('a', 9000)));
        Assert.Contains(
            "not a signed JWT",
            Assert.IsType<DpopProofResult.Invalid>(Read($"{doubled}.e30.AA")).Reason,
            StringComparison.Ordinal
        );
    }

    private DpopProofResult Read(string proof) => _reader.Read([proof], new("POST", new(Token), null, false));

    private string Proof(Action<JsonObject>? claims = null, Action<JsonObject>? header = null, ECDsa? signer = null)
    {
        var point = _key.ExportParameters(false).Q;
        var head = new JsonObject
        {
            ["typ"] = "dpop+jwt",
            ["alg"] = "ES256",
            ["jwk"] = new JsonObject
            {
                ["kty"] = "EC",
                ["crv"] = "P-256",
                ["x"] = Base64Url.EncodeToString(point.X),
                ["y"] = Base64Url.EncodeToString(point.Y),
            },
        };
        var body = new JsonObject
        {
            ["jti"] = "one",
            ["htm"] = "POST",
            ["htu"] = Token,
            ["iat"] = _clock.Now.ToUnixTimeSeconds(),
        };
        header?.Invoke(head);
        claims?.Invoke(body);
        var signed =
            Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head.ToJsonString()))
            + "."
            + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(body.ToJsonString()));
        return signed
            + "."
            + Base64Url.EncodeToString(
                (signer ?? _key).SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256)
            );
    }

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
