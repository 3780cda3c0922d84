using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Identity.Testing;

namespace Identity.IntegrationTests.Fuzz;

/// <summary>Requests that nobody sends by accident: sound ones with something in them changed, and plain
/// nonsense.</summary>
internal sealed class HostileGenerators(FuzzFixture fixture)
{
    private const string FormType = "application/x-www-form-urlencoded";

    private static readonly string[] Names =
    [
        "client_id",
        "client_secret",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "login_hint",
        "login_hint_token",
        "id_token_hint",
        "ui_locales",
        "acr_values",
        "claims",
        "request",
        "request_uri",
        "resource",
        "audience",
        "authorization_details",
        "code",
        "code_verifier",
        "code_challenge",
        "code_challenge_method",
        "dpop_jkt",
        "grant_type",
        "refresh_token",
        "device_code",
        "auth_req_id",
        "user_code",
        "binding_message",
        "requested_expiry",
        "token",
        "token_type_hint",
        "access_token",
        "subject_token",
        "subject_token_type",
        "actor_token",
        "actor_token_type",
        "requested_token_type",
        "client_assertion",
        "client_assertion_type",
        "post_logout_redirect_uri",
        "logout_hint",
        "returnUrl",
        "ticket",
        "handler",
        "id",
        "decision",
        "email",
        "language",
        "provider",
        "Input.Email",
        "Input.Password",
        "Input.Name",
        "Input.Code",
        "Answer",
        "error",
        "iss",
    ];

    private static readonly string[] Texts =
    [
        "",
        " ",
        "a",
        "code",
        "code code",
        "openid",
        "none",
        "login login",
        "S256",
        "-1",
        "999999999999999999999",
        "1e999",
        "web",
        "spa",
        "tv",
        FuzzFixture.Keyed,
        TestClients.RedirectUri,
        "http://evil@127.0.0.1/",
        "http://[::1",
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
        "urn:ietf:params:oauth:token-type:access_token",
        ClientKeyPair.AssertionType,
        "urn:ietf:params:oauth:request_uri:AAAA",
        "/account?a=1",
        "/connect/authorize?client_id=web",
        "//evil.example",
        "\u0000",
        "\u0001\u001F\u007F\u0085",
        "\uFFFE\uFFFF\uFDD0",
        "\uFFFD",
        "\u202E\u200B",
        "a\r\nSet-Cookie: x=y",
        "'; DROP TABLE users; --",
        "{}",
        "[1]",
        "null",
        "..",
        "a.b.c",
        "%",
        "%zz",
        "\U0001F642",
    ];

    // Pairs as they stand on the wire: escapes that are none, bytes that are no UTF-8, halves of pairs.
    private static readonly string[] Raw =
    [
        "%",
        "%f",
        "%zz",
        "%ff",
        "%ed%a0%80",
        "%c3%28",
        "%00",
        "%ef%bf%be",
        "%f4%90%80%80",
        "\u00ff\u00fe",
        "=",
        "==",
        "[]=1",
        "a[b]=c",
        "",
    ];

    private static readonly string[] JsonValues =
    [
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\\ufffe\"",
        "\"\"",
        "\"a\"",
        "1",
        "-1",
        "253402300798",
        "253402300799",
        "1e308",
        "1e999999",
        "true",
        "null",
        "[]",
        "[1]",
        "[\"\\udc00\"]",
        "{}",
        "{\"\\ud800\":1}",
        "{\"a\":1,\"a\":2}",
        "[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]",
        "not json",
    ];

    private static readonly string[] JsonNames =
    [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "kid",
        "alg",
        "typ",
        "crit",
        "jwk",
        "htm",
        "htu",
        "ath",
        "nonce",
        "client_id",
        "response_type",
        "redirect_uri",
        "redirect_uris",
        "scope",
        "jwks",
        "jwks_uri",
        "keys",
        "kty",
        "crv",
        "x",
        "y",
        "n",
        "e",
        "client_name",
        "grant_types",
        "token_endpoint_auth_method",
        "default_max_age",
        "sector_identifier_uri",
        "subject_type",
        "id_token",
        "userinfo",
        "acr",
        "values",
        "type",
        "\\ud800",
        "a",
    ];

    private static readonly string[] HeaderNames =
    [
        "Authorization",
        "DPoP",
        "Cookie",
        "User-Agent",
        "Accept",
        "Accept-Language",
        "Origin",
        "Referer",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "traceparent",
        "Client-Cert",
        "If-None-Match",
        "Range",
    ];

    private static readonly string[] CookieNames =
    [
        "__Host-identity",
        "__Host-device",
        "__Host-identity-state",
        "__Host-antiforgery",
        "__Host-temp",
        "__Host-external",
        "__Host-external-name",
        "__Host-passkey-sign-in",
        "__Host-pending",
        "__Host-language",
        ".AspNetCore.Culture",
    ];

    private static readonly string[] ContentTypes =
    [
        .. Enumerable.Repeat(FormType, 20),
        FormType + "; charset=utf-8",
        FormType + "; charset=utf-7",
        FormType + "; charset=unheard-of",
        "application/json",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        ";;;",
    ];

    /// <summary>Any request.</summary>
    public Gen<HostileRequest> Requests() =>
        from method in Gen.Frequency(
            (6, Gen.Constant("POST")),
            (5, Gen.Constant("GET")),
            (1, Gen.Elements("PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "FOO"))
        )
        from path in Gen.Elements(fixture.Paths.ToArray())
        from isSignedIn in Gen.Elements(true, false)
        from query in Pairs(path).Select(pairs => method == "POST" && pairs.Length > 3 ? pairs[..2] : pairs)
        from hasToken in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        from headers in Header().ArrayOf().Resize(3)
        from type in Gen.Elements(ContentTypes)
        from body in type.Contains("json", StringComparison.Ordinal)
            ? JsonObject().Select(static json => new[] { json })
            : Pairs(path)
        let token = isSignedIn ? fixture.FormTokens.Person : fixture.FormTokens.Stranger
        let isPage = !path.StartsWith("/connect", StringComparison.Ordinal)
        select new HostileRequest(
            method,
            path,
            isSignedIn,
            query,
            headers,
            method is "GET" or "HEAD" ? null : type,
            method is "GET" or "HEAD" ? []
                : hasToken && isPage ? [.. body, "__RequestVerificationToken=" + Escape(token)]
                : body
        );

    // The parameters of a sound request, most of the time, so that what is odd is met deep inside.
    private Gen<string[]> Pairs(string path) =>
        from sound in Gen.Frequency(
            (3, Gen.Elements(Sound(path))),
            (1, Gen.Constant(Array.Empty<(string Name, string Value)>()))
        )
        from odd in Pair().ArrayOf().Resize(4)
        from raw in Gen.Frequency(
            (6, Gen.Constant<string?>(null)),
            (1, Gen.Elements(Raw).Select(static r => (string?)r))
        )
        let kept = sound.Where(pair => !odd.Any(other => other.Name == pair.Name))
        select kept.Concat(odd)
            .Select(static pair => $"{Escape(pair.Name)}={Escape(pair.Value)}")
            .Concat(raw is null ? [] : ["a=" + raw])
            .ToArray();

    private Gen<(string Name, string Value)> Pair() =>
        from name in Gen.Frequency((9, Gen.Elements(Names)), (1, Text()))
        from value in Value()
        select (name, value);

    private Gen<string> Value() =>
        Gen.Frequency(
            (5, Gen.Elements(Texts)),
            (2, Text()),
            (2, Jwt()),
            (2, JsonObject()),
            (1, Gen.Elements(fixture.Tokens.ToArray())),
            (1, Gen.Choose(100, 9_000).Select(static length => new string('x', length)))
        );

    private static Gen<string> Text() =>
        Gen.Choose(1, 0xFFFF)
            .Select(static code => (char)code)
            .ArrayOf()
            .Resize(6)
            .Select(static all => new string(all));

    private static Gen<string> JsonObject() =>
        from members in (
            from name in Gen.Elements(JsonNames)
            from value in Gen.Elements(JsonValues)
            select $"\"{name}\":{value}"
        )
            .ArrayOf()
            .Resize(4)
        from sound in Gen.Elements(
            "",
            "\"redirect_uris\":[\"https://app.example/callback\"]",
            "\"redirect_uris\":[\"https://app.example/callback\"],\"jwks\":{\"keys\":[1]}",
            "\"redirect_uris\":[\"https://app.example/callback\"],\"token_endpoint_auth_method\":\"none\""
        )
        select "{" + string.Join(',', members.Prepend(sound).Where(static member => member.Length > 0)) + "}";

    // Signed by a registered key, so that its claims are looked at.
    private Gen<string> Jwt() =>
        from header in Gen.Frequency(
            (3, Gen.Constant("""{"alg":"ES256","typ":"JWT","kid":"k1"}""")),
            (1, Gen.Constant("""{"alg":"ES256","typ":"oauth-authz-req+jwt","kid":"k1"}""")),
            (1, JsonObject())
        )
        from odd in (from name in Gen.Elements(JsonNames) from value in Gen.Elements(JsonValues) select (name, value))
            .ArrayOf()
            .Resize(2)
        select fixture.Key.SignText(header, Claims(odd));

    private string Claims((string Name, string Value)[] odd)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        (string Name, string Value)[] sound =
        [
            ("iss", $"\"{FuzzFixture.Keyed}\""),
            ("sub", $"\"{FuzzFixture.Keyed}\""),
            ("aud", $"\"{fixture.Host.Issuer}\""),
            ("exp", (now + 60).ToString(CultureInfo.InvariantCulture)),
            ("jti", $"\"{Guid.NewGuid()}\""),
        ];
        var all = sound.Where(pair => !odd.Any(other => other.Name == pair.Name)).Concat(odd);
        return "{" + string.Join(',', all.Select(static pair => $"\"{pair.Name}\":{pair.Value}")) + "}";
    }

    private Gen<KeyValuePair<string, string>> Header() =>
        from name in Gen.Elements(HeaderNames)
        from value in name switch
        {
            "Authorization" => Gen.OneOf(
                Value().Select(static value => "Bearer " + value),
                Value().Select(static value => "DPoP " + value),
                Value().Select(static value => "Basic " + value),
                Value().Select(static value => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(value))),
                Value()
                    .Select(static value => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("web:" + value)))
            ),
            "DPoP" => Jwt(),
            "Cookie" => Gen.Elements(CookieNames)
                .SelectMany(cookie => Value().Select(value => $"{cookie}={Escape(value)}")),
            _ => Value(),
        }
        select KeyValuePair.Create(
            name,
            string.Concat(value.Where(static c => c is >= ' ' and < '\u007F' or > '\u00A0' and < '\u0100').Take(4_000))
        );

    private (string Name, string Value)[][] Sound(string path)
    {
        (string, string)[] authorize =
        [
            ("client_id", "web"),
            ("client_secret", TestClients.Secret),
            ("redirect_uri", TestClients.RedirectUri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ];
        if (!path.StartsWith("/connect", StringComparison.Ordinal))
            return
            [
                [("returnUrl", "/account")],
                [("handler", "Language"), ("language", "de")],
                [],
            ];
        (string, string)[] credentials = [("client_id", "web"), ("client_secret", TestClients.Secret)];
        return
        [
            path.EndsWith("authorize", StringComparison.Ordinal)
                ? authorize[..1].Concat(authorize[2..]).ToArray()
                : authorize,
            [.. credentials, ("token", fixture.Tokens[0])],
            [.. credentials, ("grant_type", "client_credentials"), ("scope", "api")],
            [.. credentials, ("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", "y")],
            [.. credentials, ("grant_type", "refresh_token"), ("refresh_token", "x")],
            [("client_id", "spa"), ("post_logout_redirect_uri", "https://app.example/bye"), ("state", "s")],
        ];
    }

    // As a form is written; halves of pairs become the bytes that some encoders make of them.
    private static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')
                escaped.Append(c);
            else if (char.IsSurrogate(c))
                escaped.Append(
                    CultureInfo.InvariantCulture,
                    $"%{0xE0 | (c >> 12):x2}%{0x80 | ((c >> 6) & 0x3F):x2}%{0x80 | (c & 0x3F):x2}"
                );
            else
                escaped.Append(Uri.EscapeDataString(c.ToString()));
        }
        return escaped.ToString();
    }
}
