using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace Samples.WebApp;

/// <summary> An API's refusal because the sign-in behind a token is not sufficient (RFC 9470 section 3), and the way to
/// continue: a new request to the provider, which asks the person for what is missing and issues a better token.
/// </summary>
/// <param name="AcrValues">The required authentication contexts; null for any.</param>
/// <param name="MaxAge">The maximum age of the sign-in; null for any.</param>
public sealed partial record StepUp(string? AcrValues, TimeSpan? MaxAge)
{
    /// <summary>The property that carries the authentication contexts in a challenge to the provider.</summary>
    public const string AcrParameter = "acr_values";

    /// <summary>Reads a refusal; null if it has another reason.</summary>
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

    /// <summary>The challenge properties with which the provider asks the person for exactly this (RFC 9470 section 4)
    /// and returns them to a page.</summary>
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
