namespace Identity.Server.Admin.Console.Shell;

/// <summary>Tells an operator who has no second factor that the console asks for one.</summary>
internal sealed class SecondFactorModel : ConsolePage
{
    [AnyOperator(WithoutSecondFactor = true)]
    public void OnGet() { }
}
