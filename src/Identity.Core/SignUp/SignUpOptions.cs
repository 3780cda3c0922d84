namespace Identity.Core.SignUp;

/// <summary>Section <c>Identity:Registration</c>.</summary>
public sealed class SignUpOptions
{
    public const string Section = "Identity:Registration";

    /// <summary>Whether people may make accounts for themselves.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>Whether one must have proved the address before one can sign in.</summary>
    public bool RequireVerifiedEmail { get; set; } = true;
}
