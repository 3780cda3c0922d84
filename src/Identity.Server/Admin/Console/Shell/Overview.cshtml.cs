namespace Identity.Server.Admin.Console.Shell;

/// <summary>Where an operator begins: what they may open.</summary>
internal sealed class OverviewModel : ConsolePage
{
    [AnyOperator]
    public void OnGet() { }
}
