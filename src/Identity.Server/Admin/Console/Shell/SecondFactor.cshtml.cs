namespace Identity.Server.Admin.Console.Shell;

/// <summary>Tells an operator without a second factor that the console requires one.</summary>
internal sealed class SecondFactorModel : ConsolePage
{
    [AnyOperator(WithoutSecondFactor = true)]
    public void OnGet() { }
}
