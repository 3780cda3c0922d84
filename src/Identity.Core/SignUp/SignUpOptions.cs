namespace Identity.Core.SignUp;

/// <summary>Section <c>Identity:Registration</c>.</summary>
public sealed class SignUpOptions
{
    public const string Section = "Identity:Registration";

    /// <summary>Whether people may sign up.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>Whether signing in requires a verified address.</summary>
    public bool RequireVerifiedEmail { get; set; } = true;
}
