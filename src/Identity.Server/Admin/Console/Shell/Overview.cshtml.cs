namespace Identity.Server.Admin.Console.Shell;

/// <summary>The start page of an operator: the pages that they may open.</summary>
internal sealed class OverviewModel : ConsolePage
{
    [AnyOperator]
    public void OnGet() { }
}
