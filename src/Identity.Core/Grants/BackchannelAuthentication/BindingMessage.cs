using System.Text;

namespace Identity.Core.Grants.BackchannelAuthentication;

/// <summary>Validates binding messages (CIBA Core section 7.1: short, plain, easy to compare); others are refused with
/// <c>invalid_binding_message</c>.</summary>
public static class BindingMessage
{
    private const int MaxCharacters = 64;

    /// <summary>Whether the message may be shown: 1 to 64 letters, digits, punctuation and single spaces of any script;
    /// no invisible characters and no marks that change the writing direction.</summary>
    public static bool IsAcceptable(string message) =>
        message.Length is > 0 and <= MaxCharacters
        && message.Trim().Length == message.Length
        && message
            .EnumerateRunes()
            .All(static rune =>
                rune != Rune.ReplacementChar
                && (
                    Rune.IsLetterOrDigit(rune)
                    || Rune.IsPunctuation(rune)
                    || rune.Value is ' ' or '+' or '=' or '$' or '\u20AC' or '\u00A3'
                )
            );
}
