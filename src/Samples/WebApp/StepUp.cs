using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace Samples.WebApp;

/// <summary>
/// An API's word that the sign-in behind a token is not enough for it (RFC 9470 section 3), and the way from there: a
/// new request to the provider, which asks the person for what is missing and hands out a better token.
/// </summary>
/// <param name="AcrValues">How the person shall sign in; null for any way.</param>
/// <param name="MaxAge">How long ago at most; null for any time.</param>
public sealed partial record StepUp(string? AcrValues, TimeSpan? MaxAge)
{
    /// <summary>The name under which the authentication contexts go with a challenge to the provider.</summary>
    public const string AcrParameter = "acr_values";

    /// <summary>Reads a refusal; null when it is for another reason.</summary>
    public static StepUp? Read(HttpResponseMessage response)
    {
        foreach (var challenge in response.Headers.WwwAuthenticate)
        {
            if (Parameter(challenge, "error") == "insufficient_user_authentication")
            {
                return new StepUp(
                    Parameter(challenge, AcrParameter),
                    int.TryParse(Parameter(challenge, "max_age"), CultureInfo.InvariantCulture, out var seconds)
                    && seconds >= 0
                        ? TimeSpan.FromSeconds(seconds)
                        : null
                );
            }
        }
        return null;
    }

    /// <summary>What to challenge the provider with, so that it asks the person for exactly this (RFC 9470 section 4)
    /// and brings them back to a page.</summary>
    public OpenIdConnectChallengeProperties ToChallenge(string returnTo)
    {
        OpenIdConnectChallengeProperties properties = new() { RedirectUri = returnTo, MaxAge = MaxAge };
        properties.SetParameter(AcrParameter, AcrValues);
        return properties;
    }

    private static string? Parameter(AuthenticationHeaderValue challenge, string name) =>
        Parameters()
            .Matches(challenge.Parameter ?? "")
            .FirstOrDefault(match => match.Groups["name"].Value.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?.Groups["value"]
            .Value;

    [GeneratedRegex("(?<name>[A-Za-z_]+)=\"(?<value>[^\"]*)\"")]
    private static partial Regex Parameters();
}
